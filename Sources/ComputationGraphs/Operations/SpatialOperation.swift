import Tensors

/// An operation on images (N, C, H, W).
public enum SpatialOperation: Hashable, Sendable {
  /// A convolution with filters (F, C / groups, h, w). This is a true convolution: it flips the filters along both spatial axes.
  case convolution(Convolution)
  /// The maximum or the mean of each window.
  case pooling(Pooling)
  /// Samples images bilinearly on the affine grids of locations (N, 6). The results are images of the given extents.
  case affineGlimpse(SpatialExtents)

  /// The name in files.
  public var name: String {
    switch self {
    // Dilation has an operation name of its own. With the name `convolution`, an earlier reader would ignore the dilation and
    // compute wrong numbers.
    case .convolution(let convolution): convolution.dilation == 1 ? "convolution" : "dilated_convolution"
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
  /// The convolution of images (N, C, H, W) with filters (F, C / groups, h, w), which are flipped along both spatial axes.
  public func convolved(with filters: Variable, _ convolution: Convolution = Convolution()) throws(GraphError)
    -> Variable
  {
    try builder.record(.spatial(.convolution(convolution)), self, filters)
  }
  /// The maximum or the mean of each window of images (N, C, H, W).
  public func pooled(_ pooling: Pooling) throws(GraphError) -> Variable {
    try builder.record(.spatial(.pooling(pooling)), self)
  }
  /// Images (N, C, H, W), sampled bilinearly on the affine grids of locations (N, 6). The results are images of the given
  /// extents.
  public func affineGlimpse(at location: Variable, extents: SpatialExtents) throws(GraphError) -> Variable {
    try builder.record(.spatial(.affineGlimpse(extents)), self, location)
  }
}
