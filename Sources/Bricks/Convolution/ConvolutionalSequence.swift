/// Layers on images one after another, each told what it will be applied to.
///
/// Image size and channels go from layer to layer, batch normalization included; border mode, tied biases, the choice of biases
/// and initial values go to all convolutions, in place of their own, where the sequence has them. Layers that are no
/// `ImageBrick`s stay as they are; behind one that is no activation either, such as a `Flattener`, shapes are not passed on. As
/// everywhere, layers need different names, but for equal activations.
public struct ConvolutionalSequence: Brick {
  /// The name among its siblings.
  public var name: String
  /// The layers, the first applied first.
  public var layers: [AnyBrick]
  /// What it is applied to; what is unknown is learned from the input.
  public var image: ImageShape
  /// What all layers are told.
  public var options: ConvolutionOptions

  /// A sequence. Options that are nil leave each layer its own.
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

  /// The layers with what they are told.
  public var children: [any Brick] { configuredLayers(for: image).layers }

  private func configuredLayers(for image: ImageShape) -> (layers: [any Brick], output: ImageShape) {
    // Nil behind a layer that may have made something else of the images.
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

  /// Records each layer on the output of the one before.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    if image != ImageShape() { _ = try input.channelCount(agreeingWith: image) }
    return try scope.apply(children, to: input)
  }
}

extension ConvolutionalSequence: ImageBrick {
  /// The same sequence for an image of a shape, with the options that are given.
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

  /// What the last layer that knows makes of the image.
  public func outputShape(of image: ImageShape) -> ImageShape { configuredLayers(for: image).output }

  /// The channels, height and width of the output; nil where they depend on the input.
  public var outputShape: ImageShape { outputShape(of: image) }
}
