/// What is known of one image: (channels, height, width), each nil where it will be learned from the input.
public struct ImageShape: Hashable, Sendable, Codable {
  /// The number of channels.
  public var channelCount: Int?
  /// The number of rows.
  public var height: Int?
  /// The number of columns.
  public var width: Int?

  /// An image of which some things are known.
  public init(channelCount: Int? = nil, height: Int? = nil, width: Int? = nil) {
    self.channelCount = channelCount
    self.height = height
    self.width = width
  }

  /// The number of channels and the size, as `[channels, height, width]`.
  var dimensions: [Int?] { [channelCount, height, width] }

  /// The image with what is known of another in place of its own.
  func updated(with other: ImageShape?) -> ImageShape {
    ImageShape(
      channelCount: other?.channelCount ?? channelCount, height: other?.height ?? height, width: other?.width ?? width)
  }

  /// The image with the size that some windows make of it; unknown where the windows do not fit.
  func resized(_ channelCount: Int?, _ result: ([Int]) throws -> [Int]) -> ImageShape {
    guard let height, let width, let size = try? result([1, 1, height, width]) else {
      return ImageShape(channelCount: channelCount)
    }
    return ImageShape(channelCount: channelCount, height: size[2], width: size[3])
  }
}

/// A brick on images that a `ConvolutionalSequence` tells what it will be applied to.
public protocol ImageBrick: Brick {
  /// The brick made for an image of a shape, with what a sequence says of biases, borders and initial values.
  ///
  /// - Parameters:
  ///   - image: What is known of the image; nil where the input may be something else.
  ///   - options: What is given counts in place of the brick's own.
  func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> Self
  /// What the brick makes of an image of a shape.
  func outputShape(of image: ImageShape) -> ImageShape
}

/// What a `ConvolutionalSequence` tells all of its layers; nil leaves each layer its own.
public struct ConvolutionOptions: Hashable, Sendable, Codable {
  /// What happens at an image's border.
  public var borderMode: BorderMode?
  /// Whether one bias serves a whole plane.
  public var tiesBiases: Bool?
  /// Whether there are biases.
  public var usesBias: Bool?
  /// How filters start.
  public var weightsInitialization: Initialization?
  /// How biases start.
  public var biasesInitialization: Initialization?

  /// Options of which some are given.
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

/// What happens at an image's border: how many zeros are put around the image.
public enum BorderMode: Hashable, Sendable, Codable {
  /// None: out = in − k + 1.
  case valid
  /// k − 1: every position where filter and image meet, out = in + k − 1.
  case full
  /// ⌊k / 2⌋: the image keeps its size where k is odd, and grows by one where it is even.
  case half
  /// As many as are given.
  case explicit(padding: SpatialExtents)

  /// How many zeros go on each side for filters of some extents.
  func padding(for filter: SpatialExtents) -> SpatialExtents {
    switch self {
    case .valid: 0
    case .full: SpatialExtents(filter.height - 1, filter.width - 1)
    case .half: SpatialExtents(filter.height / 2, filter.width / 2)
    case .explicit(let padding): padding
    }
  }
}
