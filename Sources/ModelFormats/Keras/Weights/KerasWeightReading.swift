import HDF5
import Interchange
import JSON
import Names
import Platform
import Tensors

/// All tensors of a Keras model, read from one file or from shards.
struct KerasWeightReading {
  /// The tensors for each brick and each name that Keras gives its weights.
  private(set) var sources: [Name: [Name: KerasSource]] = [:]
  /// The states of random generators. Inference does not need them, but Keras expects them.
  private(set) var seeds: [(brick: Name, tensor: Tensor, source: Name)] = []

  private let groups: [KerasVariableGroup]

  init(_ network: KerasNetwork) { groups = network.variableGroups() }

  /// Whether all floating-point numbers have double precision.
  var isDouble: Bool {
    let types = sources.values.flatMap(\.values).map(\.tensor.type).filter(\.isFloatingPoint)
    return !types.isEmpty && types.allSatisfy { $0 == .float64 }
  }

  /// Reads the weights of a file in its layout.
  mutating func read(_ files: [KerasWeightFile], layout: KerasWeightFile.Layout) throws {
    switch layout {
    case .groups: try readGroups(files)
    case .legacy(let root): try readLegacy(files[0], below: root)
    }
  }

  private mutating func store(_ variable: KerasVariable, from source: String, of file: KerasWeightFile) throws {
    let (tensor, type) = try file.tensor(source)
    sources[variable.brick, default: [:]][variable.weight.name] = KerasSource(
      name: Name(source), tensor: tensor, storedType: type)
  }

  /// For each tensor with 16-bit elements in the file, the type of these elements, by the name of the tensor in the file.
  var storedTypes: [Name: ScalarType] {
    Dictionary(sources.values.flatMap(\.values).compactMap { source in source.storedType.map { (source.name, $0) } }) {
      first, _ in first
    }
  }

  // MARK: Keras 3

  private mutating func readGroups(_ files: [KerasWeightFile]) throws {
    for group in groups {
      for variable in group.variables {
        let (file, path) = try locate(variable, in: files)
        try store(variable, from: path, of: file)
      }
      for stored in group.storedGroups {
        guard let parent = stored.path.splitAtLast("/")?.before else { continue }
        let path = "\(parent)/seed_generator/vars/0"
        guard let file = try files.first(where: { try $0.file.exists(path) }) else { continue }
        seeds.append((stored.brick, try file.tensor(path).tensor, Name(path)))
      }
    }
  }

  /// Finds the file and the path of a variable.
  private func locate(_ variable: KerasVariable, in files: [KerasWeightFile]) throws -> (KerasWeightFile, String) {
    // Files of Keras 2.12 have a different name for lists of layers.
    let older = variable.group.text.replacing("layers/", with: "_layer_checkpoint_dependencies/")
    for group in [variable.group.text, older] {
      for file in files where try file.file.exists("\(group)/\(variable.number)") {
        return (file, "\(group)/\(variable.number)")
      }
    }
    let other = groups.filter { !$0.variables.isEmpty }.count
    throw KerasProblem(
      .malformed,
      "the file has no variable /\(variable.group)/\(variable.number) (\(variable.weight.name)); the configuration has \(other) layers "
        + "with weights, and does not fit this file", at: Name(String(variable.brick.text.dropFirst())))
  }

  // MARK: Legacy files

  private mutating func readLegacy(_ file: KerasWeightFile, below root: String) throws {
    let stored = try file.legacyLayers(below: root)
    let wanted = groups.filter { !$0.variables.isEmpty }
    guard stored.count == wanted.count else {
      throw KerasProblem(
        .malformed,
        "the file has weights for \(stored.count) layers, but the configuration has \(wanted.count) layers with weights; give a file and a "
          + "configuration of the same model")
    }
    // Keras itself uses only the order. Use the names if all of them agree.
    let byName = Dictionary(stored.map { ($0.name, $0.paths) }) { first, _ in first }
    let isNamed = wanted.allSatisfy { byName[$0.layer] != nil }
    for (index, group) in wanted.enumerated() {
      let paths = isNamed ? byName[group.layer] ?? [] : stored[index].paths
      let variables = group.legacyOrder
      guard paths.count == variables.count else {
        throw KerasProblem(
          .malformed,
          "the file has \(paths.count) weights for this layer, but the configuration needs \(variables.count); give a file and a "
            + "configuration of the same model",
          at: group.layer)
      }
      for (variable, path) in zip(variables, paths) {
        try store(variable, from: path.dataset, of: file)
      }
    }
  }
}
