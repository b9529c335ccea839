/// The shape of one image (channels, height, width). Each part is nil if it comes from the input.
public struct ImageShape: Hashable, Sendable, Codable {
  /// The number of channels.
  public var channelCount: Int?
  /// The number of rows.
  public var height: Int?
  /// The number of columns.
  public var width: Int?

  /// Creates a shape. Each part that is nil comes from the input.
  public init(channelCount: Int? = nil, height: Int? = nil, width: Int? = nil) {
    self.channelCount = channelCount
    self.height = height
    self.width = width
  }

  /// The number of channels and the size, as `[channels, height, width]`.
  var dimensions: [Int?] { [channelCount, height, width] }

  /// This shape, with its parts replaced by the known parts of another shape.
  func updated(with other: ImageShape?) -> ImageShape {
    ImageShape(
      channelCount: other?.channelCount ?? channelCount, height: other?.height ?? height, width: other?.width ?? width)
  }

  /// The shape of the result of windows that move over the image. The height and the width are nil if the windows do not fit.
  func resized(_ channelCount: Int?, _ result: ([Int]) throws -> [Int]) -> ImageShape {
    guard let height, let width, let size = try? result([1, 1, height, width]) else {
      return ImageShape(channelCount: channelCount)
    }
    return ImageShape(channelCount: channelCount, height: size[2], width: size[3])
  }
}

/// A brick on images that gets its input shape and options from a `ConvolutionalSequence`.
public protocol ImageBrick: Brick {
  /// The brick for images of the given shape, with a sequence's options for biases, borders and initial values.
  ///
  /// - Parameters:
  ///   - image: The shape of the image; nil if the input may not be an image.
  ///   - options: Options that replace the brick's own options.
  func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> Self
  /// The output shape for images of the given shape.
  func outputShape(of image: ImageShape) -> ImageShape
}

/// The options of a `ConvolutionalSequence` for all of its layers. A nil option leaves each layer its own setting.
public struct ConvolutionOptions: Hashable, Sendable, Codable {
  /// The number of zeros on each side of an image.
  public var borderMode: BorderMode?
  /// Whether all positions of a channel have the same bias.
  public var tiesBiases: Bool?
  /// Whether there are biases.
  public var usesBias: Bool?
  /// The initialization of filters.
  public var weightsInitialization: Initialization?
  /// The initialization of biases.
  public var biasesInitialization: Initialization?

  /// Creates options, each nil by default.
  public init(
    borderMode: BorderMode? = nil, tiesBiases: Bool? = nil, usesBias: Bool? = nil,
    weightsInitialization: Initialization? = nil, biasesInitialization: Initialization? = nil
  ) {
    self.borderMode = borderMode
    self.tiesBiases = tiesBiases
    self.usesBias = usesBias
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
  }
}

/// The number of zeros on each side of an image, for filters of extent k.
///
/// With a step of 1, an axis of n pixels gives the stated number of positions.
public enum BorderMode: Hashable, Sendable, Codable {
  /// No zeros. There are n − k + 1 positions.
  case valid
  /// k − 1 zeros. There are n + k − 1 positions: every position at which filter and image overlap.
  case full
  /// ⌊k / 2⌋ zeros. There are n positions if k is odd, and n + 1 positions if k is even.
  case half
  /// The given number of zeros.
  case explicit(padding: SpatialExtents)

  /// The number of zeros on each side for filters of the given extents.
  func padding(for filter: SpatialExtents) -> SpatialExtents {
    switch self {
    case .valid: 0
    case .full: SpatialExtents(filter.height - 1, filter.width - 1)
    case .half: SpatialExtents(filter.height / 2, filter.width / 2)
    case .explicit(let padding): padding
    }
  }
}
