/// Long short-term memory with batch normalization in the recurrence (Cooijmans et al., arXiv 1603.09025).
///
/// The input x has any number of columns. s is the state, and c are the cells. The gates are in the order in, forget, cells,
/// out. BN(h; γ, β) normalizes h with the statistics of the time step:
///
///     [i, f, g, o] = BN(s·W_state; γ_s, 0) + BN(x·W_input; γ_x, 0) + b
///     c' = σ(f) ⊙ c + σ(i) ⊙ φ(g)          s' = σ(o) ⊙ φ(BN(c'; γ_c, β_c))
///
/// The cells are normalized only for the output. The next step gets c' without normalization. Weights, scales, shifts and b are
/// shared over time. Each of the three terms has statistics for each time step. A step after the last uses the last step's
/// statistics, unless the policy is strict.
///
/// The statistics of the input's term can be shared over time, too (Laurent et al., arXiv 1510.01378). In this case, the statistics
/// come from the whole sequence, and are computed once before the loop. With a mask, padding is left out of all statistics.
/// docs/recurrent.md compares names and the order of the gates with the authors' code.
public struct BatchNormalizedLSTM: Recurrent {
  /// The name among its siblings.
  public var name: String
  /// The width of the state and of the cells.
  public var dimension: Int
  /// The activation φ.
  public var activation: AnyBrick
  /// The activation σ of the gates.
  public var gateActivation: AnyBrick
  /// The settings of the three normalizations. This brick sets their names, their widths, and whether they have a shift.
  public var normalization: BatchNormalization
  /// The observations for the statistics of the input's term.
  public var inputStatistics: InputStatistics
  /// The initialization of the weights.
  public var weightsInitialization: Initialization
  /// The initial value of b for the forget gate; the other parts of b start as 0.
  public var forgetBias: Double
  /// The initialization of the initial state and cells.
  public var initialStatesInitialization: Initialization

  /// Creates a layer with statistics for `timeSteps` time steps. As in the paper, scales start as 0.1. With scales of 1, the gradients
  /// of tanh would vanish.
  public init(
    _ dimension: Int, timeSteps: Int, activation: any Brick = Tanh(), gateActivation: any Brick = Logistic(),
    epsilon: Double = 1e-5, pastEnd: PastEndPolicy = .clampToLast, inputStatistics: InputStatistics = .perStep,
    scaleInitialization: Initialization = .constant(0.1),
    weightsInitialization: Initialization = .orthogonal(scale: 1), forgetBias: Double = 1,
    initialStatesInitialization: Initialization = .constant(0), name: String = "batchnormalizedlstm"
  ) {
    self.name = name
    self.dimension = dimension
    self.activation = AnyBrick(activation)
    self.gateActivation = AnyBrick(gateActivation)
    normalization = BatchNormalization(
      epsilon: epsilon, scaleInitialization: scaleInitialization, timeSteps: timeSteps, pastEnd: pastEnd)
    self.inputStatistics = inputStatistics
    self.weightsInitialization = weightsInitialization
    self.forgetBias = forgetBias
    self.initialStatesInitialization = initialStatesInitialization
  }

  /// The names of the parameters that hold the initial state and the initial cells.
  public var initialStateNames: [Name] { ["initial_state", "initial_cells"] }

  /// The normalization of one term.
  private func normalization(of term: String, width: Int, hasShift: Bool) -> BatchNormalization {
    var normalization = normalization
    normalization.name = "normalized_\(term)"
    normalization.inputDimensions = [width]
    normalization.learnsShift = hasShift
    return normalization
  }

  private var normalizedState: BatchNormalization { normalization(of: "state", width: 4 * dimension, hasShift: false) }
  private var normalizedInput: BatchNormalization {
    var normalization = normalization(of: "input", width: 4 * dimension, hasShift: false)
    if inputStatistics == .sequenceWise { normalization.timeSteps = nil }
    return normalization
  }
  private var normalizedCells: BatchNormalization { normalization(of: "cells", width: dimension, hasShift: true) }

  /// The three normalizations, then the activations.
  public var children: [any Brick] {
    [normalizedState, normalizedInput, normalizedCells, gateActivation.brick, activation.brick]
  }

  /// Records the input's term if its statistics come from the whole sequence. A single step is normalized with the population
  /// statistics.
  ///
  /// - Throws: `GraphError` with code `.tooFewObservations` for a single step in training mode.
  public func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable {
    guard inputStatistics == .sequenceWise else { return input }
    let term = try inputTerm(input, scope)
    return input.rank == 3
      ? try scope.apply(normalizedInput, toSequence: term, mask: mask)
      : try scope.apply(normalizedInput, toStepOfSequence: term)
  }

  /// Records state and cells after one step.
  public func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    let (state, cells) = (inputs.states[0], inputs.states[1])
    let toState = try weights("W_state", rows: dimension, from: "state", scope)
    let biases = try scope.parameter(
      "b", shape: [4 * dimension], role: .bias, initialization: .blocks([0, forgetBias, 0, 0]), axes: ["gate"])
    let fromState = try scope.apply(normalizedState, to: state.matrixMultiplied(by: toState))
    let fromInput =
      inputStatistics == .sequenceWise
      ? inputs.row : try scope.apply(normalizedInput, to: inputTerm(inputs.row, scope))
    let parts = try (fromState + fromInput + biases).split(into: 4, axis: 1)
    let inGate = try scope.apply(gateActivation.brick, to: parts[0])
    let forgetGate = try scope.apply(gateActivation.brick, to: parts[1])
    let candidate = try scope.apply(activation.brick, to: parts[2])
    let outGate = try scope.apply(gateActivation.brick, to: parts[3])
    let nextCells = try forgetGate * cells + inGate * candidate
    let shown = try scope.apply(activation.brick, to: scope.apply(normalizedCells, to: nextCells))
    return [try outGate * shown, nextCells]
  }

  /// x·W_input, not normalized.
  private func inputTerm(_ input: Variable, _ scope: Scope) throws -> Variable {
    try input.matrixMultiplied(by: weights("W_input", rows: input.lastExtent(agreeingWith: nil), from: "input", scope))
  }

  private func weights(_ name: Name, rows: Int, from axis: Name, _ scope: Scope) throws -> Variable {
    try scope.parameter(
      name, shape: [rows, 4 * dimension], role: .weight, initialization: weightsInitialization, axes: [axis, "gate"])
  }
}

extension BatchNormalizedLSTM {
  /// The observations for the statistics of the input's term. The raw values are the words in files.
  public enum InputStatistics: String, Hashable, Sendable, Codable {
    /// The batch at each time step.
    case perStep = "per_step"
    /// All steps of all sequences of the batch, without the padding.
    case sequenceWise = "sequence_wise"
  }
}

extension KeyedDecodingContainer {
  /// A configuration without this key means statistics for each step.
  func decode(
    _ type: BatchNormalizedLSTM.InputStatistics.Type, forKey key: Key
  ) throws -> BatchNormalizedLSTM.InputStatistics {
    try decodeIfPresent(type, forKey: key) ?? .perStep
  }
}
