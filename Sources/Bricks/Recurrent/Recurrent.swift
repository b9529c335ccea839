/// What a recurrent brick is applied to.
public struct RecurrentInputs {
  /// The sequence (time, batch, features).
  public var sequence: Variable
  /// A second sequence, of bricks whose gates read one of their own.
  public var gateSequence: Variable?
  /// (time, batch): the new state counts by this much, the old one by the rest; where it is 0, the new one has no influence, and the
  /// example takes no part in the minibatch statistics of the step.
  public var mask: Variable?
  /// The states to begin with, each (batch, dimension); nil for the learned ones.
  public var initialStates: [Variable]?
  /// Whether to go from the last step to the first; results stay in the order of processing.
  public var isReversed: Bool

  /// Inputs from their parts.
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

/// What one step of a recurrent brick reads.
public struct RecurrentStepInputs {
  /// This step's row of the sequence (batch, features).
  public var row: Variable
  /// This step's row of the gates' sequence.
  public var gateRow: Variable?
  /// (batch): the new state counts by this much, the old one by the rest; where it is 0, the new one has no influence, and the example
  /// takes no part in minibatch statistics.
  public var mask: Variable?
  /// The states as the step before left them, each (batch, dimension).
  public var states: [Variable]

  /// Inputs of one step from their parts.
  public init(_ row: Variable, gates gateRow: Variable? = nil, mask: Variable? = nil, states: [Variable]) {
    self.row = row
    self.gateRow = gateRow
    self.mask = mask
    self.states = states
  }

  var variables: [Variable] { [row] + [gateRow, mask].compactMap { $0 } + states }
}

/// A brick that hands states from step to step.
public protocol Recurrent: Brick {
  /// The name among its siblings.
  var name: String { get set }
  /// The width of every state.
  var dimension: Int { get }
  /// The parameters that states start as, one per state.
  var initialStateNames: [Name] { get }
  /// How the learned initial states start.
  var initialStatesInitialization: Initialization { get }
  /// Whether the gates read a sequence of their own.
  var needsGateSequence: Bool { get }
  /// Records what is computed of the input alone, before the recurrence: of a whole sequence (time, batch, features) once in front
  /// of the loop, or of a row (batch, features) where the brick is applied to one step. The loop's rows are those of the result.
  ///
  /// - Parameter mask: (time, batch) or (batch): 0 where there is padding.
  func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable
  /// Records the states after one step, masks left aside. What it normalizes does not see examples whose mask is 0.
  func next(_ inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable]
}

extension Recurrent {
  /// A parameter `initial_state`.
  public var initialStateNames: [Name] { ["initial_state"] }
  /// No.
  public var needsGateSequence: Bool { false }
  /// The input itself.
  public func prepared(_ input: Variable, mask: Variable?, in scope: inout Scope) throws -> Variable { input }

  /// Records the states after every step of a sequence (time, batch, features) from the learned initial states on, and returns the
  /// first state (time, batch, dimension).
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try states(after: RecurrentInputs(input), in: &scope)[0]
  }

  /// Records the states after every step, each (time, batch, dimension) in the order of processing.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` for a sequence that has not three axes or whose first one is `batch`,
  ///   and for a mask of other extents than its first two.
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

  /// Records the states after one step, whose row is prepared, with its mask: m · new + (1 − m) · old, and old where m is 0, whatever
  /// new is.
  func states(after inputs: RecurrentStepInputs, in scope: inout Scope) throws -> [Variable] {
    guard (inputs.gateRow != nil) == needsGateSequence, inputs.states.count == initialStateNames.count else {
      throw BrickError(
        .invalidConfiguration,
        "needs \(initialStateNames.count) states and \(needsGateSequence ? "a" : "no") sequence of its gates")
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
    // Declared in any case: the parameters are there whether or not states are given.
    let learned = try learnedStates(in: scope)
    return try inputs.initialStates ?? learned.map { try $0.repeated(like: inputs.sequence, axis: 1) }
  }

  /// The parameters that states start as, each (dimension).
  fileprivate func learnedStates(in scope: Scope) throws -> [Variable] {
    try initialStateNames.map { name in
      try scope.parameter(
        name, shape: [dimension], role: .initialState, initialization: initialStatesInitialization, axes: ["state"])
    }
  }

  /// The width that a sequence must have.
  func check(_ row: Variable, width: Int) throws(BrickError) {
    guard row.rank == 2, row.shape[1] == .fixed(width) else {
      throw BrickError(.invalidConfiguration, "needs an input (…, batch, \(width)), got a step's \(row.type)")
    }
  }
}

extension Scope {
  /// Applies a recurrent child to sequences, and returns its states after every step, each (time, batch, dimension) in the order of
  /// processing.
  ///
  /// - Throws: as `apply(_:to:at:mask:id:)`.
  public func apply(_ brick: some Recurrent, to inputs: RecurrentInputs) throws -> [Variable] {
    try call(brick, "apply", on: inputs.variables) { _, scope in try brick.states(after: inputs, in: &scope) }
  }

  /// Applies a recurrent child to one step, and returns its states after it, each (batch, dimension).
  ///
  /// - Throws: as `apply(_:to:at:mask:id:)`.
  public func step(_ brick: some Recurrent, on inputs: RecurrentStepInputs) throws -> [Variable] {
    try call(brick, "one_step", on: inputs.variables) { _, scope in
      var inputs = inputs
      inputs.row = try brick.prepared(inputs.row, mask: inputs.mask, in: &scope)
      return try brick.states(after: inputs, in: &scope)
    }
  }

  /// The states that a loop of one's own around `step(_:on:)` begins with, each (batch, dimension): those that a recurrent child
  /// has learned, or zeros. The learned ones are declared in either case.
  ///
  /// - Parameters:
  ///   - brick: The child.
  ///   - examples: Anything with the batch on axis 0.
  ///   - areZero: Whether the states are zeros.
  /// - Throws: as `apply(_:to:at:mask:id:)`.
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
