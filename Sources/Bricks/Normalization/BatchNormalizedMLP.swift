/// A multi-layer perceptron with batch normalization between each linear map and its activation.
///
/// Each activation is a sequence `batch_norm_activation_0`, `batch_norm_activation_1`, … of a `BatchNormalization` and the given
/// activation, or of the normalization alone. By default, the linear maps have no bias, because β has the same effect.
public struct BatchNormalizedMLP: Brick {
  /// The name among its siblings.
  public var name: String
  /// The activation after each normalization; nil for no activation.
  public var activations: [AnyBrick?]
  /// The width of the input, then the width of each layer.
  public var dimensions: [Int]
  /// Whether the linear maps have biases.
  public var usesBias: Bool
  /// The initialization of the weights.
  public var weightsInitialization: Initialization
  /// The initialization of the biases.
  public var biasesInitialization: Initialization
  /// The settings of all normalizations. The network sets the width.
  public var normalization: BatchNormalization

  /// Creates a perceptron. Give one more dimension than activations.
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
