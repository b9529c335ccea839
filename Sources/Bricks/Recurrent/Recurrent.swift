/// The inputs of a recurrent brick.
public struct RecurrentInputs {
  /// The sequence (time, batch, features).
  public var sequence: Variable
  /// A second sequence, for bricks whose gates read a sequence of their own.
  public var gateSequence: Variable?
  /// The mask m (time, batch): each state becomes m · new + (1 − m) · old. If m is 0, the new state has no influence, and the
  /// example is left out of the minibatch statistics of the step.
  public var mask: Variable?
  /// The initial states, each (batch, dimension); nil for the learned initial states.
  public var initialStates: [Variable]?
  /// Whether the loop goes from the last step to the first. Results stay in the order of processing.
  public var isReversed: Bool

  /// Creates the inputs of a recurrent brick.
  public init(
    _ sequence: Variable, gates gateSequence: Variable? = nil, mask: Variable? = nil, initialStates: [Variable]? = nil,
    isReversed: Bool = false
  ) {
    self.sequence = sequence
    self.gateSequence = gateSequence
    self.mask = mask
    self.initialStates = initialStates
    self.isReversed = isReversed
  }

  var variables: [Variable] {
    [sequence] + [gateSequence, mask].compactMap { $0 } + (initialStates ?? [])
  }
}

/// The inputs of one step of a recurrent brick.
public struct RecurrentStepInputs {
  /// This step's row of the sequence (batch, features).
  public var row: Variable
  /// This step's row of the gates' sequence.
  public var gateRow: Variable?
  /// The mask m (batch): each state becomes m · new + (1 − m) · old. If m is 0, the new state has no influence, and the example
  /// is left out of minibatch statistics.
  public var mask: Variable?
  /// The states after the previous step, each (batch, dimension).
  public var states: [Variable]

  /// Creates the inputs of one step.
  public init(_ row: Variable, gates gateRow: Variable? = nil, mask: Variable? = nil, states: [Variable]) {
    self.row = row
    self.gateRow = gateRow
    self.mask = mask
    self.states = states
  }

  var variables: [Variable] { [row] + [gateRow, mask].compactMap { $0 } + states }
}

/// A brick that passes states from step to step.
public protocol Recurrent: Brick {
  /// The name among its siblings.
  var name: String { get set }
  /// The width of every state.
  var dimension: Int { get }
  /// The names of the parameters that hold the initial states, one for each state.
  var initialStateNames: [Name] { get }
  /// The initialization of the learned initial states.
  var initialStatesInitialization: Initialization { get }
  /// The number of columns of the input; nil for any number.
  var inputDimension: Int? { get }
  /// Whether the gates read a sequence of their own.
  var needsGateSequence: Bool { get }
  /// Records the part of the computation that depends only on the input. It is applied before the loop to a whole sequence (time,
  /// batch, features), or to a row (batch, features) if the brick is applied to one step. The loop reads the rows of the result.
  ///
  /// - Parameter mask: The mask (time, batch) or (batch), 0 for padding.
  func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable
  /// Records the states after one step, without the mask. Normalizations leave out examples whose mask is 0.
  func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable]
}

extension Recurrent {
  /// One parameter, `initial_state`.
  public var initialStateNames: [Name] { ["initial_state"] }
  /// Any number of columns.
  public var inputDimension: Int? { nil }
  /// False: the gates do not read a second sequence.
  public var needsGateSequence: Bool { false }
  /// The unchanged input.
  public func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable { input }

  /// Records the states after each step of a sequence (time, batch, features), beginning with the learned initial states. Returns
  /// the first state (time, batch, dimension).
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try states(after: RecurrentInputs(input), in: &scope)[0]
  }

  /// Records the states after each step, each (time, batch, dimension) in the order of processing.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the sequence does not have three axes, if its first axis is
  ///   `batch`, or if the mask does not have the sequence's first two extents.
  func states(after inputs: RecurrentInputs, in scope: inout Scope) throws -> [Variable] {
    guard inputs.sequence.rank == 3 else {
      throw BrickError(.invalidConfiguration, "needs a sequence (time, batch, features), got \(inputs.sequence.type)")
    }
    guard inputs.sequence.shape[0] != .symbolic("batch") else {
      throw BrickError(
        .invalidConfiguration,
        "needs a sequence (time, batch, features), got \(inputs.sequence.type), whose first axis is the batch; "
          + "apply it to transposed([1, 0, 2])")
    }
    let steps = Array(inputs.sequence.shape.prefix(2))
    if let mask = inputs.mask, mask.shape != steps {
      throw BrickError(
        .invalidConfiguration,
        "needs a mask (time, batch) for each step of the sequence, \(VariableType(mask.type.scalar, steps)), got \(mask.type)"
      )
    }
    let initial = try initialStates(for: inputs, in: scope)
    let sequence = try prepared(inputs.sequence, mask: inputs.mask, in: &scope)
    let sequences = [sequence] + [inputs.gateSequence, inputs.mask].compactMap { $0 }
    return try scope.scan(sequences: sequences, states: initial, isReversed: inputs.isReversed) { inner, step in
      var rows = step.sequences[...]
      let row = rows.removeFirst()
      let gateRow = inputs.gateSequence == nil ? nil : rows.removeFirst()
      let next = try states(
        after: RecurrentStepInputs(row, gates: gateRow, mask: rows.first, states: step.states), in: &inner)
      return (states: next, outputs: [])
    }.states
  }

  /// Records the states after one step, from the prepared row of the input. Applies the mask m: m · new + (1 − m) · old. If m is 0,
  /// the result is the old state, even if the new state is not finite.
  func states(after inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    guard (inputs.gateRow != nil) == needsGateSequence, inputs.states.count == initialStateNames.count else {
      throw BrickError(
        .invalidConfiguration,
        "needs \(initialStateNames.count) states and \(needsGateSequence ? "a" : "no") second sequence for its gates")
    }
    for state in inputs.states where state.rank != 2 || state.shape[1] != .fixed(dimension) {
      throw BrickError(.invalidConfiguration, "needs states (batch, \(dimension)), got \(state.type)")
    }
    scope.mask = inputs.mask ?? scope.mask
    let next = try next(inputs, in: &scope)
    guard let mask = try inputs.mask?.expandingDimensions(at: 1) else { return next }
    let rest = try 1 - mask
    return try zip(next, inputs.states).map { try mask.selecting(mask * $0 + rest * $1, else: $1) }
  }

  private func initialStates(for inputs: RecurrentInputs, in scope: Scope) throws -> [Variable] {
    // Declare the parameters even if states are given, so that the model always has them.
    let learned = try learnedStates(in: scope)
    return try inputs.initialStates ?? learned.map { try $0.repeated(like: inputs.sequence, axis: 1) }
  }

  /// The parameters of the initial states, each (dimension).
  fileprivate func learnedStates(in scope: Scope) throws -> [Variable] {
    try initialStateNames.map { name in
      try scope.parameter(
        name, shape: [dimension], role: .initialState, initialization: initialStatesInitialization, axes: ["state"])
    }
  }

  /// Throws `BrickError` if a row does not have the given width.
  func check(_ row: Variable, width: Int) throws(BrickError) {
    guard row.rank == 2, row.shape[1] == .fixed(width) else {
      throw BrickError(.invalidConfiguration, "needs an input (…, batch, \(width)), but one step is \(row.type)")
    }
  }
}

extension Scope {
  /// Applies a recurrent child to sequences, and returns its states after each step.
  ///
  /// Each state is (time, batch, dimension), in the order of processing.
  ///
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`.
  public func apply(_ brick: some Recurrent, to inputs: RecurrentInputs) throws -> [Variable] {
    try call(brick, "apply", on: inputs.variables) { _, scope in try brick.states(after: inputs, in: &scope) }
  }

  /// Applies a recurrent child to one step, and returns its states after the step, each (batch, dimension).
  ///
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`.
  public func step(_ brick: some Recurrent, on inputs: RecurrentStepInputs) throws -> [Variable] {
    try call(brick, "one_step", on: inputs.variables) { _, scope in
      var inputs = inputs
      inputs.row = try brick.prepared(inputs.row, mask: inputs.mask, in: &scope)
      return try brick.states(after: inputs, in: &scope)
    }
  }

  /// Returns the initial states of a recurrent child, for a loop of your own around `step(_:on:)`.
  ///
  /// These are the learned initial states, or zeros if `areZero` is true. Each state is (batch, dimension). The learned states are
  /// declared as parameters in both cases.
  ///
  /// - Parameters:
  ///   - brick: The child.
  ///   - examples: Any variable with the batch on axis 0.
  ///   - areZero: Whether to return zeros instead of the learned states.
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`.
  public func initialStates(
    of brick: some Recurrent, for examples: Variable, areZero: Bool = false
  ) throws -> [Variable] {
    try call(brick, "initial_states", on: [examples]) { inputs, scope in
      try brick.learnedStates(in: scope).map { learned in
        let state = areZero ? try scope.builder.constant(0, scope.scalar).repeated(like: learned) : learned
        return try state.repeated(like: inputs[0])
      }
    }
  }
}
