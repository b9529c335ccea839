import Bricks

/// The enriched deep recurrent visual attention model (Ablavatski, Lu and Cai, arXiv 1706.03581).
///
/// The network looks at an image several times. A location determines where it looks: six numbers, the affine 2×3 matrix of a
/// spatial transformer, row by row. Convolutions read a bilinear sample of the image at this location. An encoder summarizes all looks
/// so far, a classifier names the object after each look, and a decoder chooses the next location. A coarse copy of the image
/// gives the first location.
///
/// Batch normalization has statistics for each look. Only the coarse image, which is seen once, has a single set of statistics.
///
/// The defaults are the published configuration. The names of the bricks are the argument names of the original's constructor.
/// `originalPath(of:)` gives the names in the original's checkpoints.
public struct EDRAM: Brick {
  /// The name among its siblings.
  public var name = "edram"
  /// The number of channels of the image, the coarse image and the glimpse.
  public var channelCount = 1
  /// The rows and columns of an image.
  public var imageSize: SpatialExtents = 100
  /// The rows and columns of a coarse image.
  public var coarseSize: SpatialExtents = 12
  /// The rows and columns of a glimpse.
  public var glimpseSize: SpatialExtents = 26
  /// The numbers of filters of the convolutions of a glimpse: a pair, then a pair after each pooling.
  ///
  /// The second and the last convolution do not pad their input. All others keep the size of their input.
  /// `[64, 64, 128, 128, 160, 192]` is the deeper one of the original's two networks.
  public var filterCounts = [64, 64, 128, 128]
  /// The rows and columns of the filters of a glimpse's convolutions.
  public var filterSize: SpatialExtents = 3
  /// The numbers of filters of the convolutions of the coarse image. Their result must have the width of the decoder.
  public var initialFilterCounts = [16, 16, 32]
  /// The rows and columns of the filters of the coarse image's convolutions.
  public var initialFilterSizes: [SpatialExtents] = [5, 3, 3]
  /// The width of the fully connected layers.
  public var fullyConnectedDimension = 1024
  /// The width of the encoder's state.
  public var encoderDimension = 512
  /// The width of the decoder's state.
  public var decoderDimension = 512
  /// The number of looks.
  public var stepCount = 8
  /// The number of classes.
  public var classCount = 10
  /// The ε of all normalizations.
  public var epsilon = 1e-4

  /// The published configuration.
  public init() {}

  // MARK: Children, in the original's order

  /// All bricks, with the original's names.
  public var children: [any Brick] {
    var names: Set<String> = []
    let bricks: [any Brick] =
      [Rectifier()] + convolutions + glimpseLayers + locationLayers
      + [encoderPerceptron, encoder, decoderPerceptron, decoder, coarseConvolutions] + classifier + [emission]
    return bricks.filter { names.insert($0.name).inserted }
  }

  /// The convolutions of a glimpse: pairs, with max pooling between them.
  var convolutions: [any Brick] {
    filterCounts.enumerated().flatMap { index, count -> [any Brick] in
      let name = "conv\(index + 1)"
      let isFirstOfPair = index.isMultiple(of: 2)
      let pooling: [any Brick] = isFirstOfPair && index > 0 ? [MaxPooling(2, name: "max_pooling")] : []
      let hasBorder = index != 1 && index != filterCounts.count - 1
      return pooling + [
        Convolutional(
          filterSize: filterSize, filterCount: count, borderMode: hasBorder ? .half : .valid,
          weightsInitialization: .uniform(width: 0.2), name: name),
        SpatialBatchNormalization(normalization: normalization, name: "\(name)_bn"), Rectifier(),
      ]
    }
  }

  /// The layers on the flattened convolutions.
  var glimpseLayers: [any Brick] { normalizedLayers("conv_mlp", glimpseFeatureCount) }

  /// The layers on a location.
  var locationLayers: [any Brick] { normalizedLayers("loc_mlp", 6) }

  var encoderPerceptron: MLP { perceptron("encoder_mlp", fullyConnectedDimension, 4 * encoderDimension) }
  var encoder: LSTM { recurrent("encoder_rnn", encoderDimension) }
  var decoderPerceptron: MLP { perceptron("decoder_mlp", encoderDimension, 4 * decoderDimension) }
  var decoder: LSTM { recurrent("decoder_rnn", decoderDimension) }

  /// The convolutions of the coarse image. Each convolution is normalized, and has no activation.
  var coarseConvolutions: ConvolutionalSequence {
    let layers = zip(initialFilterCounts, initialFilterSizes).enumerated().flatMap { index, layer -> [any Brick] in
      [
        Convolutional(filterSize: layer.1, filterCount: layer.0, name: "conv\(index + 1)_init"),
        SpatialBatchNormalization(normalization: sharedNormalization, name: "conv\(index + 1)_bn_init"),
      ]
    }
    return ConvolutionalSequence(
      layers, image: image(coarseSize), usesBias: true, weightsInitialization: .uniform(width: 0.2), name: "conv_init")
  }

  /// The layers that compute class probabilities from the encoder's state. Each hidden layer has its own normalization.
  var classifier: [any Brick] {
    normalizedLayers("classification_mlp1", encoderDimension)
      + normalizedLayers("classification_mlp2", fullyConnectedDimension)
      + [perceptron("classification_mlp3", fullyConnectedDimension, classCount, Softmax())]
  }

  /// The layer that computes a location from the decoder's state. With its initial values, the location is the whole image.
  var emission: MLP {
    MLP(
      activations: [Tanh()], dimensions: [decoderDimension, 6], weightsInitialization: .constant(0),
      biasesInitialization: .blocks([1, 0, 0, 0, 1, 0]), name: "emit_mlp")
  }

  // MARK: Parts of the children

  private var sharedNormalization: BatchNormalization { BatchNormalization(conservesMemory: false, epsilon: epsilon) }

  private var normalization: BatchNormalization {
    BatchNormalization(conservesMemory: false, epsilon: epsilon, timeSteps: stepCount)
  }

  /// A linear map, its normalization, and the rectifier.
  private func normalizedLayers(_ name: String, _ inputDimension: Int) -> [any Brick] {
    var normalization = normalization
    normalization.name = "\(name)_bn"
    return [perceptron(name, inputDimension, fullyConnectedDimension), normalization, Rectifier()]
  }

  private func perceptron(_ name: String, _ input: Int, _ output: Int, _ activation: (any Brick)? = nil) -> MLP {
    MLP(
      activations: [activation], dimensions: [input, output],
      weightsInitialization: .isotropicGaussian(standardDeviation: 0.001), name: name)
  }

  private func recurrent(_ name: String, _ dimension: Int) -> LSTM {
    LSTM(dimension, weightsInitialization: .uniform(width: 0.02), name: name)
  }

  func image(_ size: SpatialExtents) -> ImageShape {
    ImageShape(channelCount: channelCount, height: size.height, width: size.width)
  }

  /// The number of values that the convolutions compute from a glimpse; 0 if the glimpse is too small for them.
  var glimpseFeatureCount: Int {
    let shape = ConvolutionalSequence(convolutions, image: image(glimpseSize)).outputShape
    return (shape.channelCount ?? 0) * (shape.height ?? 0) * (shape.width ?? 0)
  }
}
