/// A convolution of images (N, C, H, W) with filters W (filters, C / groups, h, w), plus biases b.
///
/// This is a true convolution, as in Blocks: it flips the filters along both spatial axes. PyTorch, Keras and ONNX compute a
/// correlation, so filters must be flipped on conversion.
///
/// With n pixels along an axis, filters of extent k and p zeros on each side, the output has ⌊(n + 2p − k) / step⌋ + 1 pixels.
public struct Convolutional: Brick {
  /// The name among its siblings.
  public var name: String
  /// The filters' rows and columns.
  public var filterSize: SpatialExtents
  /// The number of filters, which is the output's number of channels.
  public var filterCount: Int
  /// The shape of the input images. Unknown parts come from the input.
  public var image: ImageShape
  /// The distance between neighbouring positions of the filters.
  public var step: SpatialExtents
  /// The number of zeros on each side of the image.
  public var borderMode: BorderMode
  /// The number of groups into which channels and filters are divided.
  public var groups: Int
  /// Whether b is added.
  public var usesBias: Bool
  /// Whether b has one element for each filter; otherwise, one for each filter and position.
  public var tiesBiases: Bool
  /// The initialization of W.
  public var weightsInitialization: Initialization
  /// The initialization of b.
  public var biasesInitialization: Initialization

  /// Creates a convolution with `filterCount` filters. By default, the filters start as Gaussians with standard deviation 0.01.
  public init(
    filterSize: SpatialExtents, filterCount: Int, image: ImageShape = ImageShape(), step: SpatialExtents = 1,
    borderMode: BorderMode = .valid, groups: Int = 1, usesBias: Bool = true, tiesBiases: Bool = true,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    biasesInitialization: Initialization = .constant(0), name: String = "convolutional"
  ) {
    self.name = name
    self.filterSize = filterSize
    self.filterCount = filterCount
    self.image = image
    self.step = step
    self.borderMode = borderMode
    self.groups = groups
    self.usesBias = usesBias
    self.tiesBiases = tiesBiases
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
  }

  private var convolution: Convolution {
    Convolution(padding: borderMode.padding(for: filterSize), stride: step, groups: groups)
  }

  /// Records the convolution and the sum with b.
  ///
  /// - Throws: `BrickError` if the configuration is invalid or the input is not an image of the required shape; `GraphError` if the
  ///   filters do not fit.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let channelCount = try input.channelCount(agreeingWith: image)
    guard filterCount > 0, groups > 0, filterSize.height > 0, filterSize.width > 0 else {
      throw BrickError(
        .invalidConfiguration,
        "has \(filterCount) filters of \(filterSize) in \(groups) groups; each of these numbers must be positive")
    }
    guard channelCount % groups == 0, filterCount % groups == 0 else {
      throw BrickError(
        .invalidConfiguration,
        "has \(groups) groups, which do not divide \(channelCount) channels and \(filterCount) filters evenly")
    }
    let filters = try scope.parameter(
      "W", shape: [filterCount, channelCount / groups, filterSize.height, filterSize.width], role: .filter,
      initialization: weightsInitialization, axes: ["filter", "channel", "height", "width"])
    let output = try input.convolved(with: filters, convolution)
    guard usesBias else { return output }
    if tiesBiases {
      let biases = try scope.parameter(
        "b", shape: [filterCount], role: .bias, initialization: biasesInitialization, axes: ["filter"])
      return try output + biases.expandingDimensions(at: 1).expandingDimensions(at: 2)
    }
    let biases = try scope.parameter(
      "b", shape: output.shape.dropFirst().compactMap(\.fixed), role: .bias, initialization: biasesInitialization,
      axes: ["filter", "height", "width"])
    return try output + biases
  }
}

extension Convolutional: ImageBrick {
  /// The same convolution for images of the given shape, with the given options.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> Convolutional {
    var configured = self
    configured.image = self.image.updated(with: image)
    configured.borderMode = options.borderMode ?? borderMode
    configured.tiesBiases = options.tiesBiases ?? tiesBiases
    configured.usesBias = options.usesBias ?? usesBias
    configured.weightsInitialization = options.weightsInitialization ?? weightsInitialization
    configured.biasesInitialization = options.biasesInitialization ?? biasesInitialization
    return configured
  }

  /// The shape of the output: one channel for each filter, and the size of the convolution's result.
  public func outputShape(of image: ImageShape) -> ImageShape {
    var convolution = convolution
    convolution.groups = 1
    return image.resized(filterCount) {
      try convolution.resultDimensions(image: $0, filters: [filterCount, 1, filterSize.height, filterSize.width])
    }
  }
}

extension Variable {
  /// The number of channels of images (N, C, H, W).
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the variable is not a batch of images of the required shape.
  func channelCount(agreeingWith wanted: ImageShape) throws(BrickError) -> Int {
    let extents = shape.dropFirst().compactMap(\.fixed)
    guard rank == 4, extents.count == 3 else {
      throw BrickError(
        .invalidConfiguration, "needs images (batch, channels, height, width) of known extents, got \(type)")
    }
    guard zip(wanted.dimensions, extents).allSatisfy({ $0 == nil || $0 == $1 }) else {
      let shown = wanted.dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
      throw BrickError(.invalidConfiguration, "takes images of shape batch×\(shown), got \(type)")
    }
    return extents[0]
  }
}
