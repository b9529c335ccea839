import ComputationGraphs
import Interchange
import Messages
import Names
import Tensors

/// Fills the tensors of a model from a state dictionary of PyTorch.
///
/// The modules can be linear layers, convolutions of images, embeddings, recurrences, and batch, layer and group normalizations.
///
/// Modules belong to bricks by their names (`layer1.0` and `/layer1/0`), by a given map, or else in their order.
public enum StateDictionaryImport {
  /// Fills a model with the tensors of a file, and returns it.
  ///
  /// - Parameters:
  ///   - architecture: The model to fill. The ε of its normalizations must be the ε of the modules.
  ///   - file: The state dictionary.
  ///   - map: The path of the brick for some modules, such as `/net/conv_0` for `features.0`.
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
    for (module, brick) in pairs {
      guard !module.kinds.isEmpty else {
        throw ModelFormatError(
          .notRepresentable,
          "has the tensors \(listed(module.entries.keys.map(\.text).sorted(), limit: 6)). --architecture maps linear layers, convolutions "
            + "of images, embeddings, RNN, LSTM and GRU, and batch, layer and group normalizations; for other layers, write the model with "
            + "torch.onnx.export, and convert the .onnx file",
          path: path, object: module.name)
      }
      guard let kind = brick.kind, module.kinds.contains(kind) else {
        let kinds = module.kinds.map(\.rawValue).sorted().joined(separator: " or ")
        throw ModelFormatError(
          .notRepresentable,
          "is \(kinds), but \(brick.path) is \(brick.meaning); change the configuration, or give --map",
          path: path, object: module.name)
      }
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
    case .exampleNormalization:
      try filler.setIfPresent("scale", from: "weight")
      try filler.setIfPresent("shift", from: "bias")
    case .embedding: try filler.set("W", from: "weight")
    case .simpleRecurrent: try filler.setRecurrence("W")
    case .lstm: try filler.setRecurrence("W_state")
    case .gru: try filler.setRecurrence("W_state", isGRU: true)
    case nil: break
    }
    result = filler.result
  }
}
