import Tensors

/// What a node computes of images (N, C, H, W).
public enum SpatialOperation: Hashable, Sendable {
  /// Images with filters (F, C / groups, h, w), the filters flipped in both spatial axes: a true convolution.
  case convolution(Convolution)
  /// The maximum or the mean of every window.
  case pooling(Pooling)
  /// Images sampled bilinearly on the affine grids of locations (N, 6), as images of these extents.
  case affineGlimpse(SpatialExtents)

  /// The name that files use.
  public var name: String {
    switch self {
    case .convolution: "convolution"
    case .pooling(let pooling): pooling.summary == .maximum ? "max_pool" : "average_pool"
    case .affineGlimpse: "affine_glimpse"
    }
  }

  /// The number of operands.
  var operandCount: Int {
    switch self {
    case .convolution, .affineGlimpse: 2
    case .pooling: 1
    }
  }
}

extension Variable {
  /// Images (N, C, H, W) convolved with filters (F, C / groups, h, w), which are flipped in both spatial axes.
  public func convolved(with filters: Variable, _ convolution: Convolution = Convolution()) throws(GraphError)
    -> Variable
  {
    try builder.record(.spatial(.convolution(convolution)), self, filters)
  }
  /// The maximum or the mean of every window of images (N, C, H, W).
  public func pooled(_ pooling: Pooling) throws(GraphError) -> Variable {
    try builder.record(.spatial(.pooling(pooling)), self)
  }
  /// Images (N, C, H, W) sampled bilinearly on the affine grids of locations (N, 6), as images of these extents.
  public func affineGlimpse(at location: Variable, extents: SpatialExtents) throws(GraphError) -> Variable {
    try builder.record(.spatial(.affineGlimpse(extents)), self, location)
  }
}
