import ComputationGraphs
import Names

/// A model from another framework's file, and the conversion of its tensors.
public struct ImportedModel: Sendable {
  /// The model, in inference mode.
  public var model: Model
  /// The conversions of the tensors, in the order of the file.
  public var mapping: [TensorMapping]
  /// Facts about the file that are not in the model, as sentences without a final period.
  public var notes: [String]
  /// Assumptions of the import that the user should check, as sentences without a final period.
  public var warnings: [String]

  /// Creates an imported model with its mapping, notes and warnings.
  public init(model: Model, mapping: [TensorMapping], notes: [String] = [], warnings: [String] = []) {
    (self.model, self.mapping, self.notes, self.warnings) = (model, mapping, notes, warnings)
  }
}

/// The conversion of one tensor from another framework's file to a model.
public struct TensorMapping: Hashable, Sendable {
  /// The name in the file.
  public var source: Name
  /// The name in the model, such as `/conv1.W`.
  public var target: Name
  /// The conversion of the numbers; empty if the numbers are unchanged.
  ///
  /// An example is `transposed (height, width, in, out) → (out, in, height, width)`.
  public var conversion: String

  /// Creates a mapping with its names and conversion.
  public init(source: Name, target: Name, conversion: String) {
    (self.source, self.target, self.conversion) = (source, target, conversion)
  }
}
