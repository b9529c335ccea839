import JSON
import Names

/// The classes of Keras layers that can be imported.
enum KerasLayerTypes {
  /// A function that reads a layer inside another layer. An attribute names the inner layer.
  typealias Parse = (_ layer: JSONValue, _ attribute: Name) throws -> KerasLayer

  /// Layers that do nothing in inference mode.
  private static let identities: Set<Name> = [
    "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity",
    "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "AugMix", "CutMix", "MixUp", "RandAugment", "RandomBrightness",
    "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation",
    "RandomWidth", "RandomZoom",
  ]

  /// Returns the computation of a layer.
  ///
  /// - Parameter isLayer: Whether the class is a layer of Keras, and not a function such as `keras.ops.relu`.
  /// - Throws: `KerasProblem` with code `.unsupported` that names the class.
  static func operation(
    _ configuration: KerasConfiguration, isLayer: Bool, parse: Parse
  ) throws -> any KerasOperation {
    let className = configuration.className
    if let operation = try image(configuration) ?? simple(configuration) { return operation }
    if identities.contains(className) { return KerasIdentity() }
    if let activation = try KerasActivation(layer: configuration) {
      return KerasActivationLayer(activation: activation)
    }
    if !isLayer, let function = try KerasMaskFunction(configuration) { return function }
    switch className {
    case "Bidirectional": return try KerasBidirectional(configuration, parse: parse)
    case "TimeDistributed": return try KerasTimeDistributed(configuration, parse: parse)
    case "Divide" where !isLayer, "TrueDivide" where !isLayer: return KerasMerge(kind: .divide)
    case "Sigmoid" where !isLayer: return KerasActivationLayer(activation: .named("sigmoid"))
    case "Tanh" where !isLayer: return KerasActivationLayer(activation: .named("tanh"))
    case "Silu" where !isLayer: return KerasActivationLayer(activation: .named("silu"))
    case "Softplus" where !isLayer: return KerasActivationLayer(activation: .named("softplus"))
    default:
      throw configuration.problem(
        isLayer
          ? "layers of the class \(className) are not supported"
          : "the function \(className) of keras.ops is not supported; use a layer instead", .unsupported)
    }
  }

  private static func simple(_ configuration: KerasConfiguration) throws -> (any KerasOperation)? {
    switch configuration.className {
    case "Dense": return try KerasDense(configuration)
    case "Embedding": return try KerasEmbedding(configuration)
    case "PReLU": return KerasPReLU()
    case "Masking": return try KerasMasking(configuration)
    case "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization":
      return try KerasBatchNormalization(configuration)
    case "LayerNormalization", "RMSNormalization": return try KerasLayerNormalization(configuration)
    case "GroupNormalization": return try KerasGroupNormalization(configuration)
    case "UnitNormalization":
      return KerasUnitNormalization(axes: try configuration.integers("axis", default: [-1]))
    case "Flatten": return KerasFlatten(isChannelsFirst: try configuration.isChannelsFirst())
    case "Reshape": return try KerasReshape(configuration)
    case "Permute": return KerasPermute(dimensions: try configuration.integers("dims"))
    case "RepeatVector": return KerasRepeatVector(count: try configuration.count("n"))
    case "Resizing": return try KerasResizing(configuration)
    case "Rescaling": return try KerasRescaling(configuration)
    case "Normalization": return try KerasFeatureNormalization(configuration)
    case "Add": return KerasMerge(kind: .add)
    case "Subtract": return KerasMerge(kind: .subtract)
    case "Multiply": return KerasMerge(kind: .multiply)
    case "Average": return KerasMerge(kind: .average)
    case "Maximum": return KerasMerge(kind: .maximum)
    case "Minimum": return KerasMerge(kind: .minimum)
    case "Concatenate": return KerasConcatenate(axis: try configuration.integer("axis", default: -1))
    case "Dot": return try KerasDot(configuration)
    case "SimpleRNN", "LSTM", "GRU": return try KerasRecurrent(configuration)
    default: return nil
    }
  }

  private static func image(_ configuration: KerasConfiguration) throws -> (any KerasOperation)? {
    guard let (kind, axes) = dimensional(configuration.className) else { return nil }
    switch kind {
    case "Conv", "Convolution": return try KerasConvolution(configuration, axes: axes)
    case "DepthwiseConv" where axes < 3: return try KerasDepthwiseConvolution(configuration, axes: axes)
    case "SeparableConv" where axes < 3, "SeparableConvolution" where axes < 3:
      return try KerasSeparableConvolution(configuration, axes: axes)
    case "ConvTranspose" where axes < 3: return try KerasTransposedConvolution(configuration, axes: axes)
    case "MaxPooling": return try KerasPooling(configuration, axes: axes, .maximum)
    case "AveragePooling": return try KerasPooling(configuration, axes: axes, .average)
    case "GlobalMaxPooling": return try KerasGlobalPooling(configuration, axes: axes, .maximum)
    case "GlobalAveragePooling": return try KerasGlobalPooling(configuration, axes: axes, .average)
    case "ZeroPadding": return try KerasZeroPadding(configuration, axes: axes)
    case "Cropping": return try KerasCropping(configuration, axes: axes)
    case "UpSampling": return try KerasUpSampling(configuration, axes: axes)
    default: return nil
    }
  }

  /// Splits a class name into the kind and the number of axes, such as `ConvTranspose` and 2 for `Conv2DTranspose`; nil for a class
  /// without a number of axes.
  private static func dimensional(_ className: Name) -> (kind: String, axes: Int)? {
    for axes in 1...3 {
      let parts = className.text.split(separator: "\(axes)D", omittingEmptySubsequences: false)
      if parts.count == 2 { return (parts.joined(), axes) }
    }
    return nil
  }
}
