/// The gated recurrent unit (Cho et al., arXiv 1406.1078).
///
/// There are two inputs: x (dimension columns), and y for the gates (2 · dimension columns, in the order update, reset). s is
/// the state.
///
///     [u, r] = σ(s·state_to_gates + y)     n = φ((s ⊙ r)·state_to_state + x)     s' = u ⊙ n + (1 − u) ⊙ s
///
/// u is the weight of the new value. In PyTorch and Keras, the update gate is the weight of the old value. docs/recurrent.md
/// says how to convert Keras's weights.
public struct GatedRecurrent: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The width of the state.
  public var dimension: Int
  /// The activation φ.
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
    initialStatesInitialization: Initialization = .constant(0), name: String = "gatedrecurrent"
  ) {
    self.name = name
    self.dimension = dimension
    self.activation = AnyBrick(activation)
    self.gateActivation = AnyBrick(gateActivation)
    self.weightsInitialization = weightsInitialization
    self.initialStatesInitialization = initialStatesInitialization
  }

  /// True: the gates read a second sequence.
  public var needsGateSequence: Bool { true }

  /// Records the state after one step.
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    try check(inputs.row, width: dimension)
    guard let gateRow = inputs.gateRow else {
      throw BrickError(.invalidConfiguration, "needs a second sequence for its gates")
    }
    try check(gateRow, width: 2 * dimension)
    let state = inputs.states[0]
    let toGates = try weights("state_to_gates", columns: 2 * dimension, scope)
    let toState = try weights("state_to_state", columns: dimension, scope)
    let gates = try scope.apply(gateActivation.brick, to: state.matrixMultiplied(by: toGates) + gateRow)
    let parts = try gates.split(into: 2, axis: 1)
    let (update, reset) = (parts[0], parts[1])
    let candidate = try scope.apply(
      activation.brick, to: (state * reset).matrixMultiplied(by: toState) + inputs.row)
    let kept = try 1 - update
    return [try update * candidate + kept * state]
  }

  private func weights(_ name: Name, columns: Int, _ scope: Scope) throws -> Variable {
    try scope.parameter(
      name, shape: [dimension, columns], role: .weight, initialization: weightsInitialization, axes: ["from", "to"])
  }
}
