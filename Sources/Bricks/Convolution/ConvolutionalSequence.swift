/// Layers on images, one after another. The sequence gives each layer the shape of its input.
///
/// The sequence passes the image's size and channels from layer to layer, also to batch normalizations. Options of the sequence
/// (border mode, tied biases, use of biases, initial values) replace the options of all convolutions. A layer that is not an
/// `ImageBrick` does not change. After a layer that is neither an `ImageBrick` nor an activation, such as a `Flattener`, shapes are
/// not passed on. All layers must have different names, except for equal activations.
public struct ConvolutionalSequence: Brick {
  /// The name among its siblings.
  public var name: String
  /// The layers, the first applied first.
  public var layers: [AnyBrick]
  /// The shape of the input images. Unknown parts come from the input.
  public var image: ImageShape
  /// The options for all layers.
  public var options: ConvolutionOptions

  /// Creates a sequence. An option that is nil leaves each layer its own setting.
  public init(
    _ layers: [any Brick], image: ImageShape = ImageShape(), borderMode: BorderMode? = nil, tiesBiases: Bool? = nil,
    usesBias: Bool? = nil, weightsInitialization: Initialization? = nil, biasesInitialization: Initialization? = nil,
    name: String = "convolutionalsequence"
  ) {
    self.name = name
    self.layers = layers.map(AnyBrick.init)
    self.image = image
    self.options = ConvolutionOptions(
      borderMode: borderMode, tiesBiases: tiesBiases, usesBias: usesBias,
      weightsInitialization: weightsInitialization, biasesInitialization: biasesInitialization)
  }

  /// The layers with the shapes and options of the sequence.
  public var children: [any Brick] { configuredLayers(for: image).layers }

  private func configuredLayers(for image: ImageShape) -> (layers: [any Brick], output: ImageShape) {
    // The shape is nil after a layer whose output may not be images.
    var shape: ImageShape? = image
    var output = image
    let configured = layers.map { layer -> any Brick in
      guard let imageBrick = layer.brick as? any ImageBrick else {
        if !(layer.brick is any Activation) { shape = nil }
        return layer.brick
      }
      let configured = imageBrick.configured(for: shape, options)
      if let known = shape {
        output = configured.outputShape(of: known)
        shape = output
      }
      return configured
    }
    return (configured, output)
  }

  /// Records each layer on the output of the layer before.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    if image != ImageShape() { _ = try input.channelCount(agreeingWith: image) }
    return try scope.apply(children, to: input)
  }
}

extension ConvolutionalSequence: ImageBrick {
  /// The same sequence for images of the given shape, with the given options.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> ConvolutionalSequence {
    var configured = self
    configured.image = self.image.updated(with: image)
    configured.options = ConvolutionOptions(
      borderMode: options.borderMode ?? self.options.borderMode,
      tiesBiases: options.tiesBiases ?? self.options.tiesBiases, usesBias: options.usesBias ?? self.options.usesBias,
      weightsInitialization: options.weightsInitialization ?? self.options.weightsInitialization,
      biasesInitialization: options.biasesInitialization ?? self.options.biasesInitialization)
    return configured
  }

  /// The shape of the images after the last layer whose output shape is known.
  public func outputShape(of image: ImageShape) -> ImageShape { configuredLayers(for: image).output }

  /// The channels, height and width of the output. Each is nil if it depends on the input.
  public var outputShape: ImageShape { outputShape(of: image) }
}
