/// The maximum of each window of images (N, C, H, W). Padding is never the maximum.
public struct MaxPooling: Brick {
  /// The name among its siblings.
  public var name: String
  /// The window's rows and columns.
  public var poolingSize: SpatialExtents
  /// The distance between neighbouring windows; nil for the window's own size.
  public var step: SpatialExtents?
  /// The number of rows and columns by which windows may extend beyond the border; needs `ignoresBorder`.
  public var padding: SpatialExtents
  /// Whether partial windows at the end are left out.
  public var ignoresBorder: Bool

  /// Creates a pooling that takes the maximum of each window.
  public init(
    _ poolingSize: SpatialExtents, step: SpatialExtents? = nil, padding: SpatialExtents = 0, ignoresBorder: Bool = true,
    name: String = "maxpooling"
  ) {
    self.name = name
    self.poolingSize = poolingSize
    self.step = step
    self.padding = padding
    self.ignoresBorder = ignoresBorder
  }

  private var pooling: Pooling {
    Pooling(.maximum, window: poolingSize, stride: step, padding: padding, ignoresBorder: ignoresBorder)
  }

  /// Records the pooling.
  ///
  /// - Throws: `GraphError` if the windows do not fit.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { try input.pooled(pooling) }
}

/// The mean of each window of images (N, C, H, W).
public struct AveragePooling: Brick {
  /// The name among its siblings.
  public var name: String
  /// The window's rows and columns.
  public var poolingSize: SpatialExtents
  /// The distance between neighbouring windows; nil for the window's own size.
  public var step: SpatialExtents?
  /// The number of rows and columns by which windows may extend beyond the border; needs `ignoresBorder`.
  public var padding: SpatialExtents
  /// Whether partial windows at the end are left out. Otherwise, their sums are divided by the number of their elements.
  public var ignoresBorder: Bool
  /// Whether the padding counts as zeros.
  public var includesPadding: Bool

  /// Creates a pooling that takes the mean of each window.
  public init(
    _ poolingSize: SpatialExtents, step: SpatialExtents? = nil, padding: SpatialExtents = 0, ignoresBorder: Bool = true,
    includesPadding: Bool = false, name: String = "averagepooling"
  ) {
    self.name = name
    self.poolingSize = poolingSize
    self.step = step
    self.padding = padding
    self.ignoresBorder = ignoresBorder
    self.includesPadding = includesPadding
  }

  private var pooling: Pooling {
    Pooling(
      .average, window: poolingSize, stride: step, padding: padding, ignoresBorder: ignoresBorder,
      includesPadding: includesPadding)
  }

  /// Records the pooling.
  ///
  /// - Throws: `GraphError` if the windows do not fit.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { try input.pooled(pooling) }
}

/// Joins all axes except the first.
public struct Flattener: Brick {
  /// The name among its siblings.
  public var name: String
  /// Creates a flattener.
  public init(name: String = "flattener") { self.name = name }
  /// Records the flattening.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { try input.flattened() }
}

extension MaxPooling: ImageBrick {
  /// The same pooling. Its windows do not depend on the image or the options.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> MaxPooling { self }
  /// The shape of the output: the same channels, one position for each window that fits.
  public func outputShape(of image: ImageShape) -> ImageShape {
    image.resized(image.channelCount, pooling.resultDimensions)
  }
}

extension AveragePooling: ImageBrick {
  /// The same pooling. Its windows do not depend on the image or the options.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> AveragePooling { self }
  /// The shape of the output: the same channels, one position for each window that fits.
  public func outputShape(of image: ImageShape) -> ImageShape {
    image.resized(image.channelCount, pooling.resultDimensions)
  }
}
