/// Batch normalization of images: one mean and one standard deviation per channel, over the batch and every spatial axis.
public struct SpatialBatchNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// What the normalization is like. Its `broadcastable` is nil, or names every spatial axis.
  public var normalization: BatchNormalization

  /// A normalization of inputs of a per-example shape (channels, …), or of whatever it is applied to.
  public init(
    _ inputDimensions: [Int]? = nil, normalization: BatchNormalization = BatchNormalization(),
    name: String = "spatialbatchnormalization"
  ) {
    self.name = name
    self.normalization = normalization
    if let inputDimensions { self.normalization.inputDimensions = inputDimensions }
  }

  /// None: the normalization's parameters and statistics are this brick's own.
  public var children: [any Brick] { [] }

  /// Records the normalization in the mode that the scope is in.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if there is no spatial axis or the normalization is broadcastable otherwise, and as `BatchNormalization`.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let broadcastable = [false] + [Bool](repeating: true, count: input.rank >= 3 ? input.rank - 2 : 0)
    guard normalization.broadcastable == nil || normalization.broadcastable == broadcastable else {
      throw BrickError(
        .invalidConfiguration,
        "averages over every spatial axis, and its normalization is broadcastable along other axes; leave broadcastable out, "
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
  /// The same normalization for an image of a shape.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> SpatialBatchNormalization {
    var configured = self
    configured.normalization = normalization.configured(for: image, options)
    return configured
  }
  /// The same: a normalization changes no shape.
  public func outputShape(of image: ImageShape) -> ImageShape { image }
}

extension BatchNormalization: ImageBrick {
  /// The same normalization for an image of a shape.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> BatchNormalization {
    var configured = self
    if let image {
      let own = inputDimensions?.count == 3 ? inputDimensions ?? [] : [nil, nil, nil]
      configured.inputDimensions = zip(image.dimensions, own).map { $0 ?? $1 }
    }
    return configured
  }
  /// The same: a normalization changes no shape.
  public func outputShape(of image: ImageShape) -> ImageShape { image }
}
