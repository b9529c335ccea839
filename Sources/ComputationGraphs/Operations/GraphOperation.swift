import JSON
import Tensors

/// What a time step past the last one with statistics of its own means.
public enum PastEndPolicy: String, Hashable, Sendable, Codable {
  /// The last step's statistics serve (Cooijmans et al., arXiv 1603.09025).
  case clampToLast = "clamp_to_last"
  /// An error.
  case strict
}

/// What a node computes.
public indirect enum GraphOperation: Hashable, Sendable {
  /// The reductions over axes.
  public enum Reduction: String, Hashable, Sendable, CaseIterable {
    case sum, mean, variance, maximum, minimum
  }

  /// Elementwise, one operand.
  case unary(UnaryOperation)
  /// Elementwise with broadcasting, two operands.
  case binary(BinaryOperation)
  /// (…, k) times (k, n).
  case matrixProduct
  /// Over the last axis.
  case softmax
  /// Logarithm of the softmax over the last axis.
  case logSoftmax
  /// Over some axes; the variance is biased. For sum, mean and variance a second operand may be a mask of the first: elements where
  /// it is 0 take no part.
  case reduce(Reduction, axes: [Int], keepingDimensions: Bool)
  /// An axis of extent 1, inserted.
  case expandDimensions(axis: Int)
  /// Row `step` of (T, …).
  case takeStep(PastEndPolicy)
  /// An arrangement, choice or comparison of elements.
  case layout(LayoutOperation)
  /// A loop.
  case scan(Scan)
  /// How many elements there are along some axes, an int64 scalar; of those that a mask selects, where it is a second operand.
  case elementCount(axes: [Int])
  /// An operation on images: convolution, pooling, glimpse.
  case spatial(SpatialOperation)
  /// An operation of a later version: kept, never evaluated.
  case unrecognized(name: Name, attributes: [Name: JSONValue])

  /// The name that files use.
  public var name: String {
    switch self {
    case .unary(let operation): operation.rawValue
    case .binary(let operation): operation.rawValue
    case .matrixProduct: "matrix_product"
    case .softmax: "softmax"
    case .logSoftmax: "log_softmax"
    case .reduce(let reduction, _, _): "reduce_\(reduction.rawValue)"
    case .expandDimensions: "expand_dimensions"
    case .takeStep: "take_step"
    case .layout(let operation): operation.name
    case .scan: "scan"
    case .elementCount: "element_count"
    case .spatial(let operation): operation.name
    case .unrecognized(let name, _): name.text
    }
  }
}
