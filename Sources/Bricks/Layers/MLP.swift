/// A multi-layer perceptron: linear maps `linear_0`, `linear_1`, …, each with an optional activation.
public struct MLP: Brick {
  /// The name among its siblings.
  public var name: String
  /// The activation after each linear map; nil for no activation.
  public var activations: [AnyBrick?]
  /// The width of the input, then the width of each layer.
  public var dimensions: [Int]
  /// Whether the linear maps have biases.
  public var usesBias: Bool
  /// The initialization of the weights.
  public var weightsInitialization: Initialization
  /// The initialization of the biases.
  public var biasesInitialization: Initialization

  /// Creates a perceptron. Give one more dimension than activations.
  public init(
    activations: [(any Brick)?], dimensions: [Int], usesBias: Bool = true,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    biasesInitialization: Initialization = .constant(0), name: String = "mlp"
  ) {
    self.name = name
    self.activations = activations.map { $0.map(AnyBrick.init) }
    self.dimensions = dimensions
    self.usesBias = usesBias
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
  }

  /// The layers, each a linear map and its activation.
  var layers: [(linear: Linear, activation: (any Brick)?)] {
    zip(activations, zip(dimensions, dimensions.dropFirst())).enumerated().map { index, layer in
      let (activation, (input, output)) = layer
      let linear = Linear(
        input, output, usesBias: usesBias, weightsInitialization: weightsInitialization,
        biasesInitialization: biasesInitialization, name: "linear_\(index)")
      return (linear, activation?.brick)
    }
  }

  /// The linear maps, then the activations.
  public var children: [any Brick] { layers.map(\.linear) + layers.compactMap(\.activation) }

  /// Records the layers.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try MLP.check(dimensions: dimensions, layers: activations.count)
    return try layers.reduce(input) { value, layer in
      let product = try scope.apply(layer.linear, to: value)
      return try layer.activation.map { try scope.apply($0, to: product) } ?? product
    }
  }

  static func check(dimensions: [Int], layers: Int) throws(BrickError) {
    guard layers > 0, dimensions.count == layers + 1, dimensions.allSatisfy({ $0 > 0 }) else {
      throw BrickError(
        .invalidConfiguration,
        "has \(layers) activations and the dimensions \(dimensions); give one dimension more than activations, all positive"
      )
    }
  }
}
