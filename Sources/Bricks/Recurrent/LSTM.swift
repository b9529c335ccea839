/// Long short-term memory with diagonal peepholes (Graves, arXiv 1308.0850).
///
/// The input x has 4 · dimension columns, in the order in, forget, cells, out. s is the state, and c are the cells. With
/// a = x + s·W_state,
///
///     i = σ(a_i + c ⊙ W_cell_to_in)        f = σ(a_f + c ⊙ W_cell_to_forget)
///     c' = f ⊙ c + i ⊙ φ(a_c)              o = σ(a_o + c' ⊙ W_cell_to_out)          s' = o ⊙ φ(c')
///
/// The output gate reads the new cells. The layer has no biases. Use the bias of the linear map before the layer. docs/recurrent.md
/// says how to convert weights of PyTorch and Keras.
public struct LSTM: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The width of the state and of the cells.
  public var dimension: Int
  /// The activation φ.
  public var activation: AnyBrick
  /// The activation σ of the gates.
  public var gateActivation: AnyBrick
  /// Whether the gates read the cells (peepholes).
  public var hasPeepholes: Bool
  /// The initialization of the weights.
  public var weightsInitialization: Initialization
  /// The initialization of the initial state and cells.
  public var initialStatesInitialization: Initialization

  /// Creates a layer of `dimension` memory cells. By default, the weights start as Gaussians with standard deviation 0.01.
  public init(
    _ dimension: Int, activation: any Brick = Tanh(), gateActivation: any Brick = Logistic(), hasPeepholes: Bool = true,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    initialStatesInitialization: Initialization = .constant(0), name: String = "lstm"
  ) {
    self.name = name
    self.dimension = dimension
    self.activation = AnyBrick(activation)
    self.gateActivation = AnyBrick(gateActivation)
    self.hasPeepholes = hasPeepholes
    self.weightsInitialization = weightsInitialization
    self.initialStatesInitialization = initialStatesInitialization
  }

  /// The names of the parameters that hold the initial state and the initial cells.
  public var initialStateNames: [Name] { ["initial_state", "initial_cells"] }

  /// The number of columns: four for each unit.
  public var inputDimension: Int? { 4 * dimension }

  /// Records state and cells after one step.
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    try check(inputs.row, width: 4 * dimension)
    let (state, cells) = (inputs.states[0], inputs.states[1])
    let weights = try scope.parameter(
      "W_state", shape: [dimension, 4 * dimension], role: .weight, initialization: weightsInitialization,
      axes: ["state", "gate"])
    let parts = try (state.matrixMultiplied(by: weights) + inputs.row).split(into: 4, axis: 1)
    let inGate = try gate(parts[0], seeing: cells, "W_cell_to_in", &scope)
    let forgetGate = try gate(parts[1], seeing: cells, "W_cell_to_forget", &scope)
    let candidate = try scope.apply(activation.brick, to: parts[2])
    let nextCells = try forgetGate * cells + inGate * candidate
    let outGate = try gate(parts[3], seeing: nextCells, "W_cell_to_out", &scope)
    return [try outGate * scope.apply(activation.brick, to: nextCells), nextCells]
  }

  private func gate(
    _ input: Variable, seeing cells: Variable, _ peephole: Name, _ scope: inout Scope
  ) throws -> Variable {
    guard hasPeepholes else { return try scope.apply(gateActivation.brick, to: input) }
    let weights = try scope.parameter(
      peephole, shape: [dimension], role: .weight, initialization: weightsInitialization, axes: ["cell"])
    return try scope.apply(gateActivation.brick, to: input + cells * weights)
  }
}
