import JSON
import Tensors

/// The policy for a time step after the last step with its own statistics.
public enum PastEndPolicy: String, Hashable, Sendable, Codable {
  /// Use the statistics of the last step (Cooijmans et al., arXiv 1603.09025).
  case clampToLast = "clamp_to_last"
  /// Throw an error.
  case strict
}

/// The operation of a node.
public indirect enum GraphOperation: Hashable, Sendable {
  /// The reductions over axes.
  public enum Reduction: String, Hashable, Sendable, CaseIterable {
    /// The sum; 0 without elements.
    case sum
    /// The mean.
    case mean
    /// The biased variance: the mean of squared deviations from the mean.
    case variance
    /// The greatest element.
    case maximum
    /// The smallest element.
    case minimum
  }

  /// An elementwise function of one operand.
  case unary(UnaryOperation)
  /// An elementwise function of two operands, with broadcasting.
  case binary(BinaryOperation)
  /// The matrix product of (…, k) and (k, n).
  case matrixProduct
  /// The softmax over the last axis.
  case softmax
  /// The logarithm of the softmax over the last axis.
  case logSoftmax
  /// A reduction over axes. The variance is biased. For sum, mean and variance, a second operand may be a mask of the first.
  /// Elements with mask 0 are left out.
  case reduce(Reduction, axes: [Int], keepingDimensions: Bool)
  /// Inserts an axis of extent 1.
  case expandDimensions(axis: Int)
  /// Row `step` of (T, …).
  case takeStep(PastEndPolicy)
  /// Arranges elements.
  case layout(LayoutOperation)
  /// Compares elements, or selects elements.
  case selection(SelectionOperation)
  /// A loop.
  case scan(Scan)
  /// The number of elements along some axes, an int64 scalar. If a second operand is a mask, only the elements that it selects
  /// count.
  case elementCount(axes: [Int])
  /// An operation on images: convolution, pooling, glimpse.
  case spatial(SpatialOperation)
  /// An operation from a later version. It is kept, but cannot be evaluated.
  case unrecognized(name: Name, attributes: [Name: JSONValue])

  /// The name in files.
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
    case .selection(let operation): operation.name
    case .scan: "scan"
    case .elementCount: "element_count"
    case .spatial(let operation): operation.name
    case .unrecognized(let name, _): name.text
    }
  }
}
