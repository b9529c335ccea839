import Tensors

/// What the body of a loop sees at one step.
public struct ScanStep {
  /// The sequences' rows.
  public let sequences: [Variable]
  /// The states as the step before left them.
  public let states: [Variable]
  /// The number of the step in the order of processing, an int64 scalar.
  public let index: Variable
}

/// What a loop leaves.
public struct ScanResult {
  /// The states after each step, stacked along a new axis 0 in the order of processing.
  public let states: [Variable]
  /// The other outputs, stacked likewise.
  public let outputs: [Variable]
}

extension GraphBuilder {
  /// Records a loop. What the body uses from outside is captured by itself.
  ///
  /// - Parameters:
  ///   - sequences: Values with time on axis 0.
  ///   - states: Initial values of what one step hands to the next.
  ///   - stepCount: The number of steps, where there is no sequence.
  ///   - isReversed: Whether to go from the last row to the first.
  ///   - body: Records one step into a builder of its own, and returns the next states and further outputs.
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
      throw locate(GraphError(.malformed, "a loop over \(states.count) states yields \(next.count)"))
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
