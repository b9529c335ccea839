import ComputationGraphs
import Names
import Tensors

/// What all scopes of one import share.
final class KerasTrace {
  /// The model under construction.
  let assembly: ModelAssembly
  /// The type of all parameters.
  let scalar: ScalarType
  private let sources: [Name: [Name: KerasSource]]
  /// By normalization, whether its first input had the channels in front: its statistics lie so.
  var normalizationOrders: [Name: Bool] = [:]

  /// - Parameter sources: By brick and Keras's name, the tensors of the file.
  init(_ assembly: ModelAssembly, sources: [Name: [Name: KerasSource]], scalar: ScalarType) {
    self.assembly = assembly
    self.sources = sources
    self.scalar = scalar
  }

  /// The tensor of the file for a weight.
  func source(of weight: Name, in brick: Name) throws -> KerasSource {
    guard let source = sources[brick]?[weight] else {
      throw KerasProblem(
        .malformed, "the file has no weight \"\(weight)\" of the layer; save the whole model again",
        at: Name(String(brick.text.dropFirst())))
    }
    return source
  }

  /// Adds a fact about the import, once.
  func note(_ text: String) {
    if !assembly.notes.contains(text) { assembly.notes.append(text) }
  }
}

/// A tensor of a file, with its name there.
struct KerasSource {
  let name: Name
  let tensor: Tensor
}
