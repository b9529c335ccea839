/// The gated recurrent unit as PyTorch, cuDNN and Keras (`reset_after=True`) compute it.
///
/// The input has 3 · dimension columns, in the order reset, update, new. With a = x + s·W_state,
///
///     r = σ(a_r)     z = σ(a_z)     n = φ(x_n + r ⊙ (s·W_n + b_state))     s' = (1 − z) ⊙ n + z ⊙ s
///
/// The reset gate is applied after the product with the state, and z weighs the old state. `GatedRecurrent` is the original form.
/// docs/recurrent.md says how to convert weights of PyTorch and Keras.
public struct GRU: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The width of the state.
  public var dimension: Int
  /// The activation φ of the new value.
  public var activation: AnyBrick
  /// The activation σ of the gates.
  public var gateActivation: AnyBrick
  /// The initialization of the weights.
  public var weightsInitialization: Initialization
  /// The initialization of the initial state.
  public var initialStatesInitialization: Initialization

  /// Creates a layer of `dimension` gated units. By default, the weights start as Gaussians with standard deviation 0.01.
  public init(
    _ dimension: Int, activation: any Brick = Tanh(), gateActivation: any Brick = Logistic(),
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    initialStatesInitialization: Initialization = .constant(0), name: String = "gru"
  ) {
    self.name = name
    self.dimension = dimension
    self.activation = AnyBrick(activation)
    self.gateActivation = AnyBrick(gateActivation)
    self.weightsInitialization = weightsInitialization
    self.initialStatesInitialization = initialStatesInitialization
  }

  /// The number of columns: three for each unit.
  public var inputDimension: Int? { 3 * dimension }

  /// Records the state after one step.
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    try check(inputs.row, width: 3 * dimension)
    let state = inputs.states[0]
    let weights = try scope.parameter(
      "W_state", shape: [dimension, 3 * dimension], role: .weight, initialization: weightsInitialization,
      axes: ["state", "gate"])
    let biases = try scope.parameter(
      "b_state", shape: [dimension], role: .bias, initialization: .constant(0), axes: ["state"])
    let fromState = try state.matrixMultiplied(by: weights).split(into: 3, axis: 1)
    let fromInput = try inputs.row.split(into: 3, axis: 1)
    let reset = try scope.apply(gateActivation.brick, to: fromState[0] + fromInput[0])
    let update = try scope.apply(gateActivation.brick, to: fromState[1] + fromInput[1])
    let candidate = try scope.apply(activation.brick, to: fromInput[2] + reset * (fromState[2] + biases))
    let added = try 1 - update
    return [try added * candidate + update * state]
  }
}
