import ComputationGraphs
import JSON
import Names

/// A recurrent layer: SimpleRNN, LSTM or GRU, as a loop over time.
struct KerasRecurrent: KerasOperation {
  let cell: KerasCell
  let returnsSequences: Bool
  let returnsStates: Bool
  let goesBackwards: Bool
  /// Whether the output of a masked step is 0. By default, it is the output of the step before.
  let zeroesMasked: Bool

  init(_ configuration: KerasConfiguration) throws {
    cell = try KerasCell(configuration)
    returnsSequences = try configuration.boolean("return_sequences", default: false)
    returnsStates = try configuration.boolean("return_state", default: false)
    goesBackwards = try configuration.boolean("go_backwards", default: false)
    zeroesMasked = try configuration.boolean("zero_output_for_mask", default: false)
    try configuration.refuse("time_major", because: "put the batch first")
    try configuration.refuse("stateful", because: "keeping states from one batch to the next is not supported")
  }

  var weights: [KerasWeight] { cell.weights }
  var cellName: Name? { cell.name }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    guard let value = inputs.values.first else { throw scope.problem("the layer has no input") }
    let initial = try (inputs.keywords["initial_state"] ?? Array(inputs.values.dropFirst())).map {
      try $0.inKerasOrder()
    }
    let (output, states) = try sequence(value, initial: initial, in: scope)
    var result = KerasValue(output)
    if returnsSequences {
      result.variable = try output.transposed([1, 0, 2])
      result.mask = value.mask
    } else {
      result.variable = try Self.last(of: output)
    }
    return [result] + (returnsStates ? try states.map { KerasValue(try Self.last(of: $0)) } : [])
  }

  /// The last row of a sequence (time, …).
  static func last(of sequence: Variable) throws -> Variable {
    // `take_step` gives the last step if the number is beyond the end, so this works for any length.
    try sequence.taking(step: sequence.builder.constant(Double(1 << 30), .int64), pastEnd: .clampToLast)
  }

  /// Records the loop over time. Returns the outputs and states after each step, of shape (time, batch, units), in the order of
  /// processing.
  private func sequence(
    _ value: KerasValue, initial: [Variable], in scope: KerasScope
  ) throws -> (output: Variable, states: [Variable]) {
    let batchFirst = try value.inKerasOrder()
    guard batchFirst.rank == 3, let width = batchFirst.shape[2].fixed else {
      throw scope.problem(
        "the layer needs an input (batch, time, features) with a known number of features, not \(batchFirst.type)")
    }
    let input = try batchFirst.transposed([1, 0, 2])
    let rows = try cell.inputs(input, width: width, in: scope)
    let kernel = try scope.weight("recurrent_kernel", shape: [cell.units, cell.units * cell.gates])
    let zeros = try scope.constant(0).repeated(like: kernel).repeated(like: input, axis: 1)
    guard initial.isEmpty || initial.count == cell.stateCount else {
      throw scope.problem("the layer has \(initial.count) initial states; it needs \(cell.stateCount)")
    }
    var states = initial.isEmpty ? [Variable](repeating: zeros, count: cell.stateCount) : initial
    var sequences = [rows]
    if let mask = value.mask {
      sequences.append(try mask.transposed([1, 0]))
      // At the first step, the output of the step before is 0.
      states.append(zeros)
    }
    let count = cell.stateCount
    let result = try scope.builder.scan(sequences: sequences, states: states, isReversed: goesBackwards) {
      inner, step in
      let inside = scope.inside(inner)
      let old = Array(step.states.prefix(count))
      let new = try cell.step(step.sequences[0], old, in: inside)
      guard step.sequences.count > 1 else { return (new, [new[0]]) }
      let mask = try step.sequences[1].expandingDimensions(at: 1)
      let kept = try zip(new, old).map { try mask.selecting($0, else: $1) }
      let fallback = try zeroesMasked ? inside.constant(0) : step.states[count]
      let output = try mask.selecting(new[0], else: fallback)
      return (kept + [output], [output])
    }
    return (result.outputs[0], Array(result.states.prefix(count)))
  }
}

/// One step of a recurrent layer, with Keras's order of gates.
struct KerasCell {
  enum Kind { case simple, lstm, gru(resetsAfter: Bool) }

  let kind: Kind
  let name: Name
  let units: Int
  let usesBias: Bool
  let activation: KerasActivation
  let gateActivation: KerasActivation

  /// Reads the settings of a layer, which are also the settings of its cell.
  init(_ configuration: KerasConfiguration) throws {
    switch configuration.className {
    case "SimpleRNN": (kind, name) = (.simple, "simple_rnn_cell")
    case "LSTM", "CuDNNLSTM": (kind, name) = (.lstm, "lstm_cell")
    default:
      kind = .gru(resetsAfter: try configuration.boolean("reset_after", default: configuration.version >= 3))
      name = "gru_cell"
    }
    units = try configuration.count("units")
    guard units <= 1 << 24 else { throw configuration.problem("\"units\" is \(units), which is too many") }
    usesBias = try configuration.boolean("use_bias", default: true)
    activation = try KerasActivation(configuration, default: "tanh")
    gateActivation = try KerasActivation(configuration, key: "recurrent_activation", default: "sigmoid")
  }

  /// The number of gates. The kernel's columns are divided into gates.
  var gates: Int {
    switch kind {
    case .simple: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  var stateCount: Int { if case .lstm = kind { 2 } else { 1 } }

  private var biasesRecurrence: Bool { if case .gru(true) = kind { true } else { false } }

  var weights: [KerasWeight] {
    [
      KerasWeight("kernel", as: "W", .weight, axes: ["input", "gate"]),
      KerasWeight("recurrent_kernel", as: "W_state", .weight, axes: ["state", "gate"]),
    ]
      + (usesBias
        ? [KerasWeight("bias", as: "b", .bias, axes: biasesRecurrence ? ["input_or_state", "gate"] : ["gate"])] : [])
  }

  /// The biases of the input (row 0) or of the recurrence (row 1); nil if the layer has no such biases.
  private func bias(_ row: Int, in scope: KerasScope) throws -> Variable? {
    guard usesBias, row == 0 || biasesRecurrence else { return nil }
    guard biasesRecurrence else { return try scope.weight("bias", shape: [units * gates]) }
    return try scope.weight("bias", shape: [2, units * gates]).slicing(axis: 0, from: row, count: 1)
      .reshaped(keepingAxes: 0, to: [units * gates])
  }

  /// Computes for all steps at once the part of the gates that depends only on the input.
  func inputs(_ input: Variable, width: Int, in scope: KerasScope) throws -> Variable {
    let product = try input.matrixMultiplied(by: scope.weight("kernel", shape: [width, units * gates]))
    guard let bias = try bias(0, in: scope) else { return product }
    return try product + bias
  }

  /// Computes one step, and returns the new states. The first state is the output.
  func step(_ row: Variable, _ states: [Variable], in scope: KerasScope) throws -> [Variable] {
    let kernel = try scope.weight("recurrent_kernel", shape: [units, units * gates])
    let state = states[0]
    switch kind {
    case .simple: return [try activation.applied(to: row + state.matrixMultiplied(by: kernel))]
    case .lstm:
      // The order of the gates is input, forget, cells, output.
      let parts = try (row + state.matrixMultiplied(by: kernel)).split(into: 4, axis: 1)
      let cells =
        try gateActivation.applied(to: parts[1]) * states[1]
        + gateActivation.applied(to: parts[0]) * activation.applied(to: parts[2])
      return [try gateActivation.applied(to: parts[3]) * activation.applied(to: cells), cells]
    case .gru(let resetsAfter):
      // The order of the gates is update, reset, candidate.
      let inputs = try row.split(into: 3, axis: 1)
      let update: Variable
      let candidate: Variable
      if resetsAfter {
        var product = try state.matrixMultiplied(by: kernel)
        if let bias = try bias(1, in: scope) { product = try product + bias }
        let parts = try product.split(into: 3, axis: 1)
        update = try gateActivation.applied(to: inputs[0] + parts[0])
        let reset = try gateActivation.applied(to: inputs[1] + parts[1])
        candidate = try activation.applied(to: inputs[2] + reset * parts[2])
      } else {
        let kernels = try kernel.split(into: 3, axis: 1)
        update = try gateActivation.applied(to: inputs[0] + state.matrixMultiplied(by: kernels[0]))
        let reset = try gateActivation.applied(to: inputs[1] + state.matrixMultiplied(by: kernels[1]))
        candidate = try activation.applied(to: inputs[2] + (reset * state).matrixMultiplied(by: kernels[2]))
      }
      return [try update * state + (1 - update) * candidate]
    }
  }
}
