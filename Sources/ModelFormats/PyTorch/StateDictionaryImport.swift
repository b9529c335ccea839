import ComputationGraphs
import Interchange
import Names
import Tensors

/// Fills the tensors of a model from a state dictionary of PyTorch.
///
/// The modules can be linear layers, convolutions of images, embeddings, recurrences, and batch, layer and group normalizations.
///
/// Modules belong to bricks by their names (`layer1.0` and `/net/layer1/0`), or by a given map. An outer name that all modules or all
/// bricks have in common is ignored. If no name agrees, modules of PyTorch files are matched in their order, with a warning.
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
    let matching = try StateMatching(file, architecture, map: map)
    var result = ImportedModel(model: architecture, mapping: [], notes: file.notes, warnings: matching.warnings)
    for (module, brick) in matching.pairs {
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
