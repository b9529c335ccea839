import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Recurrent layers, which become loops.
  static let recurrences: [String: ONNXOperator] = [
    "RNN": .direct { try RecurrentLayer($0, gates: 1, activations: ["Tanh"]).outputs() },
    "GRU": .direct { try RecurrentLayer($0, gates: 3, activations: ["Sigmoid", "Tanh"]).outputs() },
    "LSTM": .direct { try RecurrentLayer($0, gates: 4, activations: ["Sigmoid", "Tanh", "Tanh"]).outputs() },
  ]
}

/// Imports an RNN, GRU or LSTM node, in one or both directions.
private struct RecurrentLayer {
  private let node: ONNXNode
  private let brick: Name
  private let gates: Int
  private let size: Int
  private let directions: [Bool]
  private let functions: [GateFunction]
  private let limit: Double?
  private let isBatchFirst: Bool
  private let couplesGates: Bool
  private let resetsLast: Bool

  init(_ node: ONNXNode, gates: Int, activations: [String]) throws {
    self.node = node
    self.gates = gates
    switch try node.text("direction") ?? "forward" {
    case "forward": directions = [false]
    case "reverse": directions = [true]
    case "bidirectional": directions = [false, true]
    case let direction: throw node.malformed("the direction is \"\(direction)\"")
    }
    let weights = try node.known(1, "W")
    let shape = weights.tensor.shape.dimensions
    guard shape.count == 3, shape[0] == directions.count, shape[1] % gates == 0 else {
      throw node.malformed(
        "W of shape \(weights.tensor.shape) does not fit \(gates) gates in \(directions.count) directions")
    }
    size = shape[1] / gates
    if let stated = try node.integer("hidden_size"), stated != size {
      throw node.malformed("hidden_size is \(stated), but W has \(shape[1]) rows")
    }
    let names = try node.texts("activations") ?? directions.flatMap { _ in activations }
    guard names.count == activations.count * directions.count else {
      throw node.malformed("activations has \(names.count) functions; it needs \(activations.count * directions.count)")
    }
    var alphas = try node.numbers("activation_alpha") ?? []
    var betas = try node.numbers("activation_beta") ?? []
    functions = try names.map { name in
      guard let function = GateFunction(name, &alphas, &betas) else { throw node.unsupported("the activation \(name)") }
      return function
    }
    limit = try node.number("clip")
    isBatchFirst = try node.integer("layout") ?? 0 != 0
    couplesGates = try node.integer("input_forget") ?? 0 != 0
    resetsLast = try node.integer("linear_before_reset") ?? 0 != 0
    brick = node.importer.brick(parameter: weights.source, node: node)
    if node.has(4) {
      let steps = try node.value(0).shape[isBatchFirst ? 1 : 0].fixed
      guard case .known(let lengths) = try node.value(4),
        lengths.tensor.doubles.allSatisfy({ $0 == steps.map(Double.init) })
      else {
        throw node.unsupported("an input sequence_lens that is not the constant number of time steps of the input X")
      }
    }
  }

  func outputs() throws -> [ONNXValue] {
    var input = try node.floating(0)
    guard input.rank == 3 else { throw node.malformed("X is \(input.type), not (steps, batch, features)") }
    if isBatchFirst { input = try input.transposed([1, 0, 2]) }
    let type = Name(node.proto.opType)
    try node.importer.assembly.declare(brick, type: type, configuration: node.configuration)
    let element = try node.value(0).type
    return try node.importer.assembly.call(brick, type: type, on: [input], in: node.builder) {
      let results = try directions.indices.map { try direction($0, of: input) }
      // The shape is (steps, directions, batch, size), or (batch, steps, directions, size).
      let stacked = try Variable.stacking(results.map(\.sequence), axis: 1)
      let finals = try results[0].finals.indices.map { index in
        let final = try Variable.stacking(results.map { $0.finals[index] }, axis: 0)
        return isBatchFirst ? try final.transposed([1, 0, 2]) : final
      }
      return [isBatchFirst ? try stacked.transposed([2, 0, 1, 3]) : stacked] + finals
    }.map { .variable($0, element) }
  }

  private func direction(_ index: Int, of input: Variable) throws -> (sequence: Variable, finals: [Variable]) {
    let suffix = index == 0 ? "" : "_reverse"
    let isReversed = directions[index]
    let weights = try tensor(1, "W", index, "W\(suffix)", .weight, rows: 0..<gates)
    let recurrent = try tensor(2, "R", index, "R\(suffix)", .weight, rows: 0..<(gates == 3 ? 2 : gates))
    var projected = try input.matrixMultiplied(by: weights)
    var biases: (all: Variable, candidate: Variable?)?
    if node.has(3) { biases = try self.biases(index, suffix) }
    if let biases { projected = try projected + biases.all }
    let candidate = gates == 3 ? try tensor(2, "R", index, "R_candidate\(suffix)", .weight, rows: 2..<3) : nil
    let peepholes = gates == 4 && node.has(7) ? try self.peepholes(index, suffix) : nil
    var states = [try initial(5, index, input, recurrent)]
    if gates == 4 { states.append(try initial(6, index, input, recurrent)) }
    let count = functions.count / directions.count
    let functions = Array(functions[(index * count)..<((index + 1) * count)])
    let result = try node.builder.scan(sequences: [projected], states: states, isReversed: isReversed) { _, step in
      let next: [Variable]
      switch gates {
      case 1: next = [try functions[0](limited(step.sequences[0] + step.states[0].matrixMultiplied(by: recurrent)))]
      case 3:
        guard let candidate else { throw node.malformed("R is missing") }
        next = [try gated(step, recurrent, candidate, biases?.candidate, functions)]
      default: next = try memory(step, recurrent, peepholes, functions)
      }
      return (next, [])
    }
    let sequence = isReversed ? try result.states[0].reversed(axis: 0) : result.states[0]
    // A step number beyond the end gives the last step, for any number of steps.
    let last = try node.builder.constant(Double(Int32.max), .int64)
    return (sequence, try result.states.map { try $0.taking(step: last, pastEnd: .clampToLast) })
  }

  private func limited(_ variable: Variable) throws -> Variable {
    guard let limit, limit > 0 else { return variable }
    return try variable.clipped(-limit...limit)
  }

  private func gate(_ index: Int, of gates: Variable) throws -> Variable {
    try gates.slicing(axis: gates.rank - 1, from: index * size, count: size)
  }

  /// Records one step of a GRU.
  private func gated(
    _ step: ScanStep, _ recurrent: Variable, _ candidate: Variable, _ bias: Variable?, _ functions: [GateFunction]
  ) throws -> Variable {
    let (input, state) = (step.sequences[0], step.states[0])
    let both = try input.slicing(axis: 1, from: 0, count: 2 * size) + state.matrixMultiplied(by: recurrent)
    let update = try functions[0](limited(gate(0, of: both)))
    let reset = try functions[0](limited(gate(1, of: both)))
    let fresh: Variable
    if resetsLast {
      let product = try state.matrixMultiplied(by: candidate)
      fresh = try gate(2, of: input) + reset * (bias.map { try product + $0 } ?? product)
    } else {
      fresh = try gate(2, of: input) + (reset * state).matrixMultiplied(by: candidate)
    }
    return try (1 - update) * functions[1](limited(fresh)) + update * state
  }

  /// Records one step of an LSTM.
  private func memory(
    _ step: ScanStep, _ recurrent: Variable, _ peepholes: [Variable]?, _ functions: [GateFunction]
  ) throws -> [Variable] {
    let (state, cell) = (step.states[0], step.states[1])
    let all = try step.sequences[0] + state.matrixMultiplied(by: recurrent)
    func activated(_ index: Int, peephole: Int, at cell: Variable) throws -> Variable {
      let value = try gate(index, of: all)
      return try functions[0](limited(peepholes.map { try value + $0[peephole] * cell } ?? value))
    }
    let input = try activated(0, peephole: 0, at: cell)
    let forget = couplesGates ? try 1 - input : try activated(2, peephole: 2, at: cell)
    let next = try forget * cell + input * functions[1](limited(gate(3, of: all)))
    let output = try activated(1, peephole: 1, at: next)
    return [try output * functions[2](next), next]
  }

  // MARK: Tensors

  /// The rows of some gates in the matrix of a direction. They are transposed, because products multiply rows.
  private func tensor(
    _ position: Int, _ input: String, _ direction: Int, _ name: Name, _ role: Role, rows: Range<Int>
  ) throws -> Variable {
    let known = try node.known(position, input)
    let shape = known.tensor.shape
    guard shape.rank == 3, shape[0] == directions.count, shape[1] == gates * size, position == 1 || shape[2] == size
    else {
      throw node.malformed("\(input) has the shape \(shape), which does not fit the directions and hidden_size")
    }
    let part = try known.tensor.taking(direction).slicing(
      axis: 0, from: rows.lowerBound * size, count: rows.count * size)
    return try node.importer.assembly.tensor(
      name, of: brick,
      .init(try part.transposed([1, 0]), source: known.source, conversion: "transposed (gates, in) → (in, gates)"),
      role: role, axes: ["input", "gate"])
  }

  /// The sums of the biases of inputs and states. If a GRU resets after its product, the candidate has a separate bias.
  private func biases(_ direction: Int, _ suffix: String) throws -> (all: Variable, candidate: Variable?) {
    let known = try node.known(3, "B")
    let count = gates * size
    guard known.tensor.shape == Shape([directions.count, 2 * count]) else {
      throw node.malformed("B has the shape \(known.tensor.shape), not \(directions.count)×\(2 * count)")
    }
    let row = try known.tensor.taking(direction)
    let (own, recurrent) = (
      try row.slicing(axis: 0, from: 0, count: count).doubles,
      try row.slicing(axis: 0, from: count, count: count).doubles
    )
    let separate = gates == 3 && resetsLast ? 2 * size : count
    let sums = own.indices.map { $0 < separate ? own[$0] + recurrent[$0] : own[$0] }
    func tensor(_ name: String, _ values: [Double], _ conversion: String) throws -> Variable {
      let tensor = try Tensor(values, shape: [values.count]).converted(to: known.tensor.type)
      return try node.importer.assembly.tensor(
        Name(name + suffix), of: brick, .init(tensor, source: known.source, conversion: conversion), role: .bias,
        axes: ["gate"])
    }
    return (
      try tensor("b", sums, "the sum of both biases"),
      separate < count ? try tensor("b_candidate", Array(recurrent[separate...]), "the candidate's part") : nil
    )
  }

  private func peepholes(_ direction: Int, _ suffix: String) throws -> [Variable] {
    let known = try node.known(7, "P")
    guard known.tensor.shape == Shape([directions.count, 3 * size]) else {
      throw node.malformed("P has the shape \(known.tensor.shape), not \(directions.count)×\(3 * size)")
    }
    let row = try known.tensor.taking(direction)
    return try ["input", "output", "forget"].enumerated().map { index, gate in
      try node.importer.assembly.tensor(
        "peephole_\(gate)\(suffix)", of: brick,
        .init(row.slicing(axis: 0, from: index * size, count: size), source: known.source), role: .weight,
        axes: ["unit"])
    }
  }

  /// The initial state of a direction. By default it is 0.
  private func initial(_ position: Int, _ direction: Int, _ input: Variable, _ recurrent: Variable) throws -> Variable {
    guard node.has(position) else {
      let row = try node.builder.constant(0, input.type.scalar).repeated(like: recurrent, axis: 0)
      return try row.repeated(like: input, axis: 1)
    }
    var states = try node.floating(position)
    guard states.rank == 3 else {
      throw node.malformed("an initial state is \(states.type), which does not have 3 axes")
    }
    if isBatchFirst { states = try states.transposed([1, 0, 2]) }
    let row = try states.slicing(axis: 0, from: direction, count: 1)
    return try node.reshape(row, to: row.shape.dropFirst().map(Dimension.init))
  }
}
