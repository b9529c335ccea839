import ComputationGraphs
import Names
import Tensors

/// The state of the import of one Keras model. All scopes of the import share it.
final class KerasTrace {
  /// The model under construction.
  let assembly: ModelAssembly
  /// The type of all parameters.
  let scalar: ScalarType
  private let sources: [Name: [Name: KerasSource]]
  /// For each normalization, whether its first input had the channels before the other axes. The statistics have the same order.
  var normalizationOrders: [Name: Bool] = [:]

  /// Creates a trace without layers.
  ///
  /// - Parameter sources: The tensors of the file for each brick and each name that Keras gives its weights.
  init(_ assembly: ModelAssembly, sources: [Name: [Name: KerasSource]], scalar: ScalarType) {
    self.assembly = assembly
    self.sources = sources
    self.scalar = scalar
  }

  /// Returns the tensor in the file for a weight.
  func source(of weight: Name, in brick: Name) throws -> KerasSource {
    guard let source = sources[brick]?[weight] else {
      throw KerasProblem(
        .malformed, "the file has no weight \"\(weight)\" of the layer; save the whole model again",
        at: Name(String(brick.text.dropFirst())))
    }
    return source
  }

  /// Adds a note about the import, unless the same note exists.
  func note(_ text: String) {
    if !assembly.notes.contains(text) { assembly.notes.append(text) }
  }
}

/// A tensor that was read from a Keras file, and the name that it has in the file.
struct KerasSource {
  let name: Name
  let tensor: Tensor
  /// The type in the file, float16 or bfloat16; nil for the type of the tensor.
  var storedType: ScalarType?
}
