import ComputationGraphs
import Names

/// A model that came from another framework's file, and the way its tensors came.
public struct ImportedModel: Sendable {
  /// The model, in inference mode.
  public var model: Model
  /// The tensors of the file, in its order, and what became of them.
  public var mapping: [TensorMapping]
  /// Facts about the file that the model does not carry, in sentences without a final period.
  public var notes: [String]

  /// An imported model from its parts.
  public init(model: Model, mapping: [TensorMapping], notes: [String] = []) {
    (self.model, self.mapping, self.notes) = (model, mapping, notes)
  }
}

/// The way of one tensor from another framework's file into a model.
public struct TensorMapping: Hashable, Sendable {
  /// The name in the file.
  public var source: Name
  /// The name in the model, such as `/conv1.W`.
  public var target: Name
  /// What was done to the numbers, such as `transposed (height, width, in, out) → (out, in, height, width)`; empty if nothing.
  public var conversion: String

  /// A mapping from its parts.
  public init(source: Name, target: Name, conversion: String) {
    (self.source, self.target, self.conversion) = (source, target, conversion)
  }
}
