import Tensors

/// The variables that the body of a loop reads at one step.
public struct ScanStep {
  /// The current row of each sequence.
  public let sequences: [Variable]
  /// The states after the previous step.
  public let states: [Variable]
  /// The number of the step in the order of processing, an int64 scalar.
  public let index: Variable
}

/// The results of a loop.
public struct ScanResult {
  /// The states after each step, stacked along a new axis 0 in the order of processing.
  public let states: [Variable]
  /// The other outputs, stacked in the same way.
  public let outputs: [Variable]
}

extension GraphBuilder {
  /// Records a loop. Variables from outside the loop that the body uses are captured automatically.
  ///
  /// - Parameters:
  ///   - sequences: Variables with time on axis 0.
  ///   - states: The initial states; each step passes its states to the next step.
  ///   - stepCount: The number of steps, if there is no sequence.
  ///   - isReversed: Whether the loop goes from the last row to the first.
  ///   - body: A closure that records one step in its own builder and returns the next states and any other outputs.
  /// - Throws: The errors of the body, and `GraphError` if types do not fit.
  public func scan(
    sequences: [Variable], states: [Variable], stepCount: Int? = nil, isReversed: Bool = false,
    _ body: (GraphBuilder, ScanStep) throws -> (states: [Variable], outputs: [Variable])
  ) throws -> ScanResult {
    let inner = GraphBuilder(inside: self)
    let rows = try sequences.enumerated().map { index, sequence in
      try inner.input("sequence_\(index)", VariableType(sequence.type.scalar, Array(sequence.shape.dropFirst())))
    }
    let previous = try states.enumerated().map { index, state in try inner.input("state_\(index)", state.type) }
    let step = try inner.input("step", VariableType(.int64, []))
    let (next, outputs) = try body(inner, ScanStep(sequences: rows, states: previous, index: step))
    guard next.count == states.count else {
      throw locate(GraphError(.malformed, "a loop over \(states.count) states returns \(next.count) next states"))
    }
    let ports =
      next.enumerated().map { (name: "next_state_\($0)" as Name, variable: $1) }
      + outputs.enumerated().map { (name: "output_\($0)" as Name, variable: $1) }
    let scan = Scan(
      body: try inner.finish(outputs: NamedVariables(ports)),
      sequences: rows.indices.map { "sequence_\($0)" },
      states: previous.indices.map { Scan.State(input: "state_\($0)", output: "next_state_\($0)") },
      captures: inner.captures.map(\.name), outputs: ports.map(\.name), stepInput: "step", stepCount: stepCount,
      isReversed: isReversed)
    let operands = try sequences + states + inner.captures.map { try adopted($0.variable) }
    let results = try record(.scan(scan.exposingStatistics()), operands)
    return ScanResult(
      states: Array(results.prefix(states.count)), outputs: Array(results.dropFirst(states.count).prefix(outputs.count))
    )
  }
}
