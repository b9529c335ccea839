import Tensors

extension SpatialOperation {
  /// The result for the given operands.
  func evaluate(_ operands: [Tensor]) throws(TensorError) -> Tensor {
    switch self {
    case .convolution(let convolution): return try operands[0].convolved(with: operands[1], convolution)
    case .pooling(let pooling): return try operands[0].pooled(pooling)
    case .affineGlimpse(let extents): return try operands[0].affineGlimpse(at: operands[1], extents: extents)
    }
  }
}
