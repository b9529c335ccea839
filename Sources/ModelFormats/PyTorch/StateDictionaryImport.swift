import ComputationGraphs
import Interchange
import Messages
import Names
import Tensors

/// Fills the tensors of a model from a state dictionary of PyTorch: linear layers, convolutions and batch normalizations.
///
/// Modules belong to bricks by their names (`layer1.0` and `/layer1/0`), by a given map, or else in their order.
public enum StateDictionaryImport {
  /// The model with the tensors of a file.
  ///
  /// - Parameters:
  ///   - architecture: The model, whose ε is that of the modules.
  ///   - file: The state dictionary.
  ///   - map: The brick of some modules, such as `features.0` to `/net/conv_0`.
  /// - Throws: `ModelFormatError` with code `.notRepresentable` if modules and bricks do not fit, `.malformed` or `.inputOutput`.
  public static func model(
    _ architecture: Model, filledFrom file: TensorFile, map: [Name: Name] = [:]
  ) throws(ModelFormatError) -> ImportedModel {
    let modules = StateModule.modules(of: file)
    let bricks = StateBrick.bricks(of: architecture)
    var result = ImportedModel(model: architecture, mapping: [], notes: file.notes)
    for (module, brick) in try pairs(modules, bricks, map: map, path: file.path) {
      try fill(&result, brick, from: module, of: file)
    }
    for mapping in result.mapping {
      guard let type = file.entry(mapping.source)?.type, type.isFloatingPoint, type != type.inMemory,
        let tensor = try? result.model.path(mapping.target)
      else { continue }
      result.model.setStoredType(type, of: tensor)
    }
    do {
      try result.model.endTraining()
    } catch {
      throw ModelFormatError(.malformed, "\(error)", path: file.path)
    }
    return result
  }

  private static func pairs(
    _ modules: [StateModule], _ bricks: [StateBrick], map: [Name: Name], path: String
  ) throws(ModelFormatError) -> [(StateModule, StateBrick)] {
    var pairs: [(StateModule, StateBrick)] = []
    var (restModules, restBricks) = (modules, bricks)
    for (module, brick) in map.sorted(by: { $0.key < $1.key }) {
      guard let moduleIndex = restModules.firstIndex(where: { $0.name == module }) else {
        throw ModelFormatError(
          .notRepresentable,
          "the map names the module \"\(module)\", which the file does not have. "
            + suggestion(for: module.text, among: modules.map(\.name.text), noun: "module"), path: path)
      }
      guard let brickIndex = restBricks.firstIndex(where: { $0.path == brick }) else {
        throw ModelFormatError(
          .notRepresentable,
          "the map names the brick \"\(brick)\", which the architecture does not have. "
            + suggestion(for: brick.text, among: bricks.map(\.path.text), noun: "brick"), path: path)
      }
      pairs.append((restModules.remove(at: moduleIndex), restBricks.remove(at: brickIndex)))
    }
    let byName = Dictionary(restModules.map { ($0.brickPath, $0) }) { first, _ in first }
    if restBricks.allSatisfy({ byName[$0.path] != nil }), restBricks.count == restModules.count {
      pairs += restBricks.compactMap { brick in byName[brick.path].map { ($0, brick) } }
    } else {
      guard restModules.count == restBricks.count else {
        func list(_ names: [String]) -> String { names.isEmpty ? "none" : listed(names, limit: 6) }
        throw ModelFormatError(
          .notRepresentable,
          "the file has \(counted(restModules.count, "module")) with tensors (\(list(restModules.map(\.name.text)))), but the architecture "
            + "has \(counted(restBricks.count, "brick")) (\(list(restBricks.map(\.path.text)))); change the configuration, or give --map",
          path: path)
      }
      pairs += zip(restModules, restBricks)
    }
    for (module, brick) in pairs where module.kind != brick.kind || module.kind == nil {
      throw ModelFormatError(
        .notRepresentable,
        "is \(module.kind?.rawValue ?? "of a kind that is not converted (\(listed(module.entries.keys.map(\.text).sorted())))"), but "
          + "\(brick.path) is \(brick.kind?.rawValue ?? "of another kind"); change the configuration, or give --map",
        path: path, object: module.name)
    }
    return pairs
  }

  private static func fill(
    _ result: inout ImportedModel, _ brick: StateBrick, from module: StateModule, of file: TensorFile
  ) throws(ModelFormatError) {
    var filler = StateFiller(result: result, brick: brick, module: module, file: file)
    switch brick.kind {
    case .linear:
      try filler.set("W", from: "weight", "transposed (out, in) → (in, out)") { try $0.transposed([1, 0]) }
      try filler.setIfPresent("b", from: "bias")
    case .convolution:
      try filler.set("W", from: "weight", "filters flipped along height and width") { try $0.flippingFilters() }
      try filler.setIfPresent("b", from: "bias")
    case .normalization:
      try filler.setIfPresent("batch_norm_scale", from: "weight")
      try filler.setIfPresent("batch_norm_shift", from: "bias")
      try filler.setStatistics()
    case nil: break
    }
    result = filler.result
  }
}

/// The kinds of modules and bricks that belong together.
enum StateKind: String {
  case linear = "a linear layer"
  case convolution = "a convolution"
  case normalization = "a batch normalization"
}

/// A module of a state dictionary: the tensors with a common part of their names.
struct StateModule {
  let name: Name
  private(set) var entries: [Name: TensorFile.Entry] = [:]

  /// The modules in the order of their first tensors.
  static func modules(of file: TensorFile) -> [StateModule] {
    var modules: [StateModule] = []
    var indices: [Name: Int] = [:]
    for entry in file.entries {
      let (name, leaf) = entry.name.splitAtLast(".") ?? ("", entry.name)
      let index = indices[name] ?? modules.count
      if index == modules.count {
        modules.append(StateModule(name: name))
        indices[name] = index
      }
      modules[index].entries[leaf] = entry
    }
    return modules
  }

  /// The path of a brick of the same name.
  var brickPath: Name { "/\(name.split(at: ".").joined(separator: "/"))" }

  var kind: StateKind? {
    if entries["running_mean"] != nil, entries["running_var"] != nil { return .normalization }
    switch entries["weight"]?.shape.rank {
    case 2: return .linear
    case 4: return .convolution
    default: return nil
    }
  }
}

/// A brick of a model with tensors of its own.
struct StateBrick {
  let path: Name
  let tensors: [Name: TensorPath]
  let kind: StateKind?

  /// The bricks with tensors, in the order of the tree.
  static func bricks(of model: Model) -> [StateBrick] {
    var tensors: [Name: [Name: TensorPath]] = [:]
    for path in model.tensors.keys { tensors[path.brick, default: [:]][path.name] = path }
    func bricks(_ nodes: [BrickNode], in parent: Name) -> [StateBrick] {
      nodes.flatMap { node -> [StateBrick] in
        let path: Name = "\(parent)/\(node.name)"
        let own = tensors[path].map { [StateBrick(path, $0, in: model)] } ?? []
        return own + bricks(node.children, in: path)
      }
    }
    return bricks(model.bricks, in: "")
  }

  private init(_ path: Name, _ tensors: [Name: TensorPath], in model: Model) {
    self.path = path
    self.tensors = tensors
    if tensors["population_mean"] != nil, tensors["population_stdev"] != nil {
      kind = .normalization
    } else if let rank = tensors["W"].flatMap({ model.tensors[$0]?.shape.rank }),
      tensors.count == (tensors["b"] == nil ? 1 : 2)
    {
      kind = rank == 2 ? .linear : rank == 4 ? .convolution : nil
    } else {
      kind = nil
    }
  }
}

/// Sets the tensors of one brick from one module.
private struct StateFiller {
  var result: ImportedModel
  let brick: StateBrick
  let module: StateModule
  let file: TensorFile

  func refusal(_ message: String) -> ModelFormatError {
    ModelFormatError(.notRepresentable, message, path: file.path, object: module.name)
  }

  func read(_ leaf: Name) throws(ModelFormatError) -> Tensor {
    guard let entry = module.entries[leaf] else { throw refusal("has no \"\(leaf)\", which \(brick.path) needs") }
    do {
      return try file.tensor(entry.name)
    } catch {
      throw ModelFormatError(.inputOutput, error.message, path: file.path, object: entry.name)
    }
  }

  func target(_ name: Name) throws(ModelFormatError) -> (path: TensorPath, current: Tensor) {
    guard let path = brick.tensors[name], let current = result.model.tensors[path] else {
      throw refusal("has a tensor for which \(brick.path) has no \(name); change the configuration")
    }
    return (path, current)
  }

  /// The values in the type and shape of the target, whose axes of extent 1 other frameworks leave out.
  func fitted(_ tensor: Tensor, _ leaf: Name, to path: TensorPath, like current: Tensor) throws(ModelFormatError)
    -> Tensor
  {
    guard tensor.shape.dimensions.filter({ $0 != 1 }) == current.shape.dimensions.filter({ $0 != 1 }) else {
      throw refusal(
        "gives \(path) the shape \(tensor.shape), but the architecture has \(current.shape); change the configuration")
    }
    do {
      return try tensor.reshaped(to: current.shape).converted(to: current.type)
    } catch {
      throw refusal("\(leaf): \(error)")
    }
  }

  mutating func set(
    _ name: Name, from leaf: Name, _ conversion: String = "", _ change: (Tensor) throws -> Tensor = { $0 }
  ) throws(ModelFormatError) {
    let (path, current) = try target(name)
    let tensor: Tensor
    do {
      tensor = try change(read(leaf))
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw refusal("\(leaf): \(error)")
    }
    let value = try fitted(tensor, leaf, to: path, like: current)
    do {
      try result.model.set(path, to: value)
    } catch {
      throw refusal("\(leaf): \(error)")
    }
    result.mapping.append(
      TensorMapping(source: module.entries[leaf]?.name ?? leaf, target: path.spelling, conversion: conversion))
  }

  /// Sets a tensor that both have, or neither.
  mutating func setIfPresent(_ name: Name, from leaf: Name) throws(ModelFormatError) {
    guard module.entries[leaf] != nil || brick.tensors[name] != nil else { return }
    try set(name, from: leaf)
  }

  /// The number of minibatches that the moving averages saw; nil if the file does not say it.
  private func batchCount() throws(ModelFormatError) -> Int? {
    guard module.entries["num_batches_tracked"] != nil else { return nil }
    guard let number = try read("num_batches_tracked").doubles.first, let count = Int(exactly: number), count >= 0
    else {
      throw refusal("has a num_batches_tracked that is not a number of batches")
    }
    return count
  }

  mutating func setStatistics() throws(ModelFormatError) {
    let (meanPath, currentMean) = try target("population_mean")
    let (deviationPath, currentDeviation) = try target("population_stdev")
    guard let epsilon = result.model.origins[deviationPath]?.epsilon else { throw refusal("has no ε") }
    let mean = try read("running_mean")
    let statistics = MovingStatistics(mean: mean, variance: try read("running_var"))
    if let problem = statistics.problem(epsilon: epsilon) { throw refusal(problem) }
    let origin = statistics.origin(epsilon: epsilon, batchCount: try batchCount())
    do {
      let deviation = try statistics.deviation(epsilon: epsilon)
      try result.model.setStatistic(
        meanPath, to: fitted(mean, "running_mean", to: meanPath, like: currentMean), origin: origin)
      try result.model.setStatistic(
        deviationPath, to: fitted(deviation, "running_var", to: deviationPath, like: currentDeviation), origin: origin)
    } catch let error as ModelFormatError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
    for (leaf, path, conversion) in [
      ("running_mean", meanPath, ""), ("running_var", deviationPath, "√(variance + \(epsilon))"),
    ] as [(Name, TensorPath, String)] {
      result.mapping.append(
        TensorMapping(source: module.entries[leaf]?.name ?? leaf, target: path.spelling, conversion: conversion))
    }
  }
}

extension Tensor {
  /// Filters (out, in, height, width) mirrored along height and width: a correlation's filters as a convolution's.
  fileprivate func flippingFilters() throws -> Tensor {
    let (height, width) = (shape[2], shape[3])
    let order = (0..<height * width).map { Int64(height * width - 1 - $0) }
    let outer = shape[0] * shape[1]
    let rows = try reshaped(to: Shape([outer, height * width])).transposed([1, 0])
    let flipped = try rows.gatheringRows(Tensor(order, shape: [height * width]))
    return try flipped.transposed([1, 0]).reshaped(to: shape)
  }
}
