import Bricks

/// The enriched deep recurrent visual attention model (Ablavatski, Lu and Cai, arXiv 1706.03581).
///
/// A network that looks at an image several times. Of each look it knows where it was (a location: six numbers, the affine matrix
/// 2×3 of a spatial transformer, row by row) and what was there (convolutions of a bilinear sample). An encoder sums up what was
/// seen, a classifier names it after every look, and a decoder decides where to look next. A coarse copy of the image decides
/// where to look first. Batch normalization has statistics per look, but for the coarse image, which is seen once.
///
/// The defaults are the published configuration, and the names of the bricks are those of the original's constructor.
public struct EDRAM: Brick {
  /// The name among its siblings.
  public var name = "edram"
  /// The number of channels of image, coarse image and glimpse.
  public var channelCount = 1
  /// The rows and columns of an image.
  public var imageSize: SpatialExtents = 100
  /// The rows and columns of a coarse image.
  public var coarseSize: SpatialExtents = 12
  /// The rows and columns of a glimpse.
  public var glimpseSize: SpatialExtents = 26
  /// The numbers of filters of the convolutions of a glimpse: a pair, and a pair behind each pooling.
  public var filterCounts = [64, 64, 128, 128]
  /// The rows and columns of the filters of these convolutions.
  public var filterSize: SpatialExtents = 3
  /// The numbers of filters of the convolutions of the coarse image. What they make of it must be as wide as the decoder.
  public var initialFilterCounts = [16, 16, 32]
  /// The rows and columns of the filters of these convolutions.
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
  /// ε of every normalization.
  public var epsilon = 1e-4

  /// The published configuration, to be changed at will.
  public init() {}

  // MARK: Children, in the original's order

  /// Every brick, under the original's names.
  public var children: [any Brick] {
    var names: Set<String> = []
    let bricks: [any Brick] =
      [Rectifier()] + convolutions + glimpseLayers + locationLayers
      + [encoderPerceptron, encoder, decoderPerceptron, decoder, coarseConvolutions] + classifier + [emission]
    return bricks.filter { names.insert($0.name).inserted }
  }

  /// What looks at a glimpse: pairs of convolutions, the first of each with a border, and max pooling between the pairs.
  var convolutions: [any Brick] {
    filterCounts.enumerated().flatMap { index, count -> [any Brick] in
      let name = "conv\(index + 1)"
      let isFirst = index.isMultiple(of: 2)
      let pooling: [any Brick] = isFirst && index > 0 ? [MaxPooling(2, name: "max_pooling")] : []
      return pooling + [
        Convolutional(
          filterSize: filterSize, filterCount: count, borderMode: isFirst ? .half : .valid,
          weightsInitialization: .uniform(width: 0.2), name: name),
        SpatialBatchNormalization(normalization: normalization, name: "\(name)_bn"), Rectifier(),
      ]
    }
  }

  /// What becomes of the flattened convolutions.
  var glimpseLayers: [any Brick] { normalizedLayers("conv_mlp", glimpseFeatureCount) }

  /// What becomes of a location.
  var locationLayers: [any Brick] { normalizedLayers("loc_mlp", 6) }

  var encoderPerceptron: MLP { perceptron("encoder_mlp", fullyConnectedDimension, 4 * encoderDimension) }
  var encoder: LSTM { recurrent("encoder_rnn", encoderDimension) }
  var decoderPerceptron: MLP { perceptron("decoder_mlp", encoderDimension, 4 * decoderDimension) }
  var decoder: LSTM { recurrent("decoder_rnn", decoderDimension) }

  /// What looks at the coarse image: convolutions and normalizations without anything between them.
  var coarseConvolutions: ConvolutionalSequence {
    let layers = zip(initialFilterCounts, initialFilterSizes).enumerated().flatMap { index, layer -> [any Brick] in
      [
        Convolutional(filterSize: layer.1, filterCount: layer.0, name: "conv\(index + 1)_init"),
        SpatialBatchNormalization(normalization: sharedNormalization, name: "conv\(index + 1)_bn_init"),
      ]
    }
    return ConvolutionalSequence(
      layers, image: image(coarseSize), weightsInitialization: .uniform(width: 0.2), name: "conv_init")
  }

  /// What names the state of the encoder: class probabilities. Each hidden layer has its own normalization, where a program of the
  /// original's authors normalizes both layers by `classification_mlp1_bn`.
  var classifier: [any Brick] {
    normalizedLayers("classification_mlp1", encoderDimension)
      + normalizedLayers("classification_mlp2", fullyConnectedDimension)
      + [perceptron("classification_mlp3", fullyConnectedDimension, classCount, Softmax())]
  }

  /// What makes a location of the decoder's state, at first the whole image.
  var emission: MLP {
    MLP(
      activations: [Tanh()], dimensions: [decoderDimension, 6], weightsInitialization: .constant(0),
      biasesInitialization: .blocks([1, 0, 0, 0, 1, 0]), name: "emit_mlp")
  }

  // MARK: What they are made of

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

  /// How many numbers the convolutions make of a glimpse; 0 where it is too small for them.
  var glimpseFeatureCount: Int {
    let shape = ConvolutionalSequence(convolutions, image: image(glimpseSize)).outputShape
    return (shape.channelCount ?? 0) * (shape.height ?? 0) * (shape.width ?? 0)
  }
}
