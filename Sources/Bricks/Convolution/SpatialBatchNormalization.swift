/// Batch normalization of images: one mean and one standard deviation for each channel, over the batch and all spatial axes.
public struct SpatialBatchNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// The settings of the normalization. Its `broadcastable` must be nil, or true for exactly the spatial axes.
  public var normalization: BatchNormalization

  /// Creates a normalization of examples of shape (channels, …); nil takes the shape from the input.
  public init(
    _ inputDimensions: [Int]? = nil, normalization: BatchNormalization = BatchNormalization(),
    name: String = "spatialbatchnormalization"
  ) {
    self.name = name
    self.normalization = normalization
    if let inputDimensions { self.normalization.inputDimensions = inputDimensions }
  }

  /// No children: the normalization's parameters and statistics belong to this brick.
  public var children: [any Brick] { [] }

  /// Records the normalization in the mode of the scope.
  ///
  /// - Throws: The errors of `BatchNormalization`; `BrickError` with code `.invalidConfiguration` if there is no spatial axis or
  ///   the normalization is broadcastable along other axes.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let broadcastable = [false] + [Bool](repeating: true, count: input.rank >= 3 ? input.rank - 2 : 0)
    guard normalization.broadcastable == nil || normalization.broadcastable == broadcastable else {
      throw BrickError(
        .invalidConfiguration,
        "averages over every spatial axis, but its normalization is broadcastable along other axes; leave broadcastable out, "
          + "or use BatchNormalization")
    }
    guard input.rank >= 3, (normalization.inputDimensions?.count ?? 2) >= 2 else {
      throw BrickError(
        .invalidConfiguration, "needs inputs (batch, channels, …) with at least one spatial axis, got \(input.type)")
    }
    var normalization = normalization
    normalization.broadcastable = broadcastable
    return try normalization.apply(input, in: &scope)
  }
}

extension SpatialBatchNormalization: ImageBrick {
  /// The same normalization for images of the given shape.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> SpatialBatchNormalization {
    var configured = self
    configured.normalization = normalization.configured(for: image, options)
    return configured
  }
  /// The shape of the input, because a normalization does not change it.
  public func outputShape(of image: ImageShape) -> ImageShape { image }
}

extension BatchNormalization: ImageBrick {
  /// The same normalization for images of the given shape.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> BatchNormalization {
    var configured = self
    if let image {
      let own = inputDimensions?.count == 3 ? inputDimensions ?? [] : [nil, nil, nil]
      configured.inputDimensions = zip(image.dimensions, own).map { $0 ?? $1 }
    }
    return configured
  }
  /// The shape of the input, because a normalization does not change it.
  public func outputShape(of image: ImageShape) -> ImageShape { image }
}
