/// s' = φ(x + s·W), with W of shape (dimension, dimension).
public struct SimpleRecurrent: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The width of the state and of the input.
  public var dimension: Int
  /// The activation φ.
  public var activation: AnyBrick
  /// The initialization of W.
  public var weightsInitialization: Initialization
  /// The initialization of the initial state.
  public var initialStatesInitialization: Initialization

  /// Creates a layer of `dimension` units. By default, the weights start as Gaussians with standard deviation 0.01.
  public init(
    _ dimension: Int, activation: any Brick = Tanh(),
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    initialStatesInitialization: Initialization = .constant(0), name: String = "simplerecurrent"
  ) {
    self.name = name
    self.dimension = dimension
    self.activation = AnyBrick(activation)
    self.weightsInitialization = weightsInitialization
    self.initialStatesInitialization = initialStatesInitialization
  }

  /// The number of columns: one for each unit.
  public var inputDimension: Int? { dimension }

  /// Records φ(x + s·W).
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    try check(inputs.row, width: dimension)
    let weights = try scope.parameter(
      "W", shape: [dimension, dimension], role: .weight, initialization: weightsInitialization, axes: ["from", "to"])
    let sum = try inputs.row + inputs.states[0].matrixMultiplied(by: weights)
    return [try scope.apply(activation.brick, to: sum)]
  }
}
