/// A multi-layer perceptron with batch normalization between each linear map and its activation.
///
/// The activations are sequences `batch_norm_activation_0`, `batch_norm_activation_1`, … of a `BatchNormalization` and the activation
/// given, or the normalization alone where none is. The linear maps have no bias unless asked for: β makes it superfluous.
public struct BatchNormalizedMLP: Brick {
  /// The name among its siblings.
  public var name: String
  /// What follows each normalization; nil for nothing.
  public var activations: [AnyBrick?]
  /// The width of the input, then of every layer.
  public var dimensions: [Int]
  /// Whether the linear maps have biases.
  public var usesBias: Bool
  /// How the weights start.
  public var weightsInitialization: Initialization
  /// How the biases start.
  public var biasesInitialization: Initialization
  /// What every normalization is like; its width is the network's business.
  public var normalization: BatchNormalization

  /// A perceptron with one more dimension than activations.
  public init(
    activations: [(any Brick)?], dimensions: [Int], usesBias: Bool = false,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    biasesInitialization: Initialization = .constant(0), normalization: BatchNormalization = BatchNormalization(),
    name: String = "mlp"
  ) {
    self.name = name
    self.activations = activations.map { $0.map(AnyBrick.init) }
    self.dimensions = dimensions
    self.usesBias = usesBias
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
    self.normalization = normalization
  }

  /// Whether the normalizations compute with fewer intermediate values; see `BatchNormalization`.
  public var conservesMemory: Bool {
    get { normalization.conservesMemory }
    set { normalization.conservesMemory = newValue }
  }

  /// The same network as linear maps and normalized activations.
  var perceptron: MLP {
    let normalized = zip(activations, dimensions.dropFirst()).enumerated().map { index, layer -> any Brick in
      let (activation, width) = layer
      var normalization = normalization
      normalization.inputDimensions = [width]
      return Sequential(
        [normalization] + [activation?.brick].compactMap { $0 }, name: "batch_norm_activation_\(index)")
    }
    return MLP(
      activations: normalized, dimensions: dimensions, usesBias: usesBias, weightsInitialization: weightsInitialization,
      biasesInitialization: biasesInitialization, name: name)
  }

  /// The linear maps, then the normalized activations.
  public var children: [any Brick] { perceptron.children }

  /// Records the layers.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try MLP.check(dimensions: dimensions, layers: activations.count)
    return try perceptron.apply(input, in: &scope)
  }
}
