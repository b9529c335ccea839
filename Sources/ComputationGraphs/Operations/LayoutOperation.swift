import Tensors

/// Operations that arrange elements.
public enum LayoutOperation: Hashable, Sendable {
  /// `count` elements along an axis, from element `start` on.
  case slice(axis: Int, start: Int, count: Int)
  /// Operands joined along an axis.
  case concatenate(axis: Int)
  /// Operands of the same shape, stacked along a new axis.
  case stack(axis: Int)
  /// The elements in the opposite order along an axis.
  case reverse(axis: Int)
  /// The same elements with other extents after the first `keepingAxes` axes.
  case reshape(keepingAxes: Int, shape: [Int])
  /// The operand with its axes in another order: axis i of the result is axis `permutation[i]`.
  case transpose([Int])
  /// Copies of the first operand along a new axis 0. The number of copies is the extent of an axis of the second operand.
  case repeatLike(axis: Int)
  /// The operand, padded with a number around it and between its elements.
  case pad(Padding)
  /// The rows along axis 0 at the indices of the second operand (int64 of any shape).
  case gather

  /// The name in files.
  public var name: String {
    switch self {
    case .slice: "slice"
    case .concatenate: "concatenate"
    case .stack: "stack"
    case .reverse: "reverse"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .repeatLike: "repeat_like"
    case .pad: "pad"
    case .gather: "gather"
    }
  }

  /// The result for the given operands.
  func evaluate(_ operands: [Tensor]) throws(TensorError) -> Tensor {
    switch self {
    case .slice(let axis, let start, let count): try operands[0].slicing(axis: axis, from: start, count: count)
    case .concatenate(let axis): try Tensor.concatenating(operands, axis: axis)
    case .stack(let axis):
      try Tensor.concatenating(
        operands.map { (operand) throws(TensorError) in try operand.expandingDimensions(at: axis) }, axis: axis)
    case .reverse(let axis): try operands[0].reversed(axis: axis)
    case .reshape(let kept, let shape):
      try operands[0].reshaped(to: Shape(checking: operands[0].shape.dimensions.prefix(kept) + shape))
    case .transpose(let permutation): try operands[0].transposed(permutation)
    case .repeatLike(let axis):
      try operands[0].broadcast(to: Shape(checking: [operands[1].shape[axis]] + operands[0].shape.dimensions))
    case .pad(let padding): try operands[0].padded(padding)
    case .gather: try operands[0].gatheringRows(operands[1])
    }
  }
}
