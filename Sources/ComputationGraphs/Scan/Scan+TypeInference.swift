import Tensors

extension Scan {
  /// The types of the results.
  ///
  /// - Throws: `GraphError` with code `.malformed` or `.shapeMismatch` that names the input, state or output that does not fit.
  func resultTypes(of operands: [VariableType]) throws(GraphError) -> [VariableType] {
    guard operands.count == operandCount else {
      throw GraphError(.malformed, "a scan needs \(operandCount) operands, but has \(operands.count)")
    }
    try checkNames()
    var time: Extent? = stepCount.map(Extent.fixed)
    for (name, operand) in zip(sequences, operands) {
      guard let extent = operand.shape.first else {
        throw GraphError(.shapeMismatch, "sequence \"\(name)\" of a scan is \(operand), without a time axis")
      }
      guard time == nil || time == extent else {
        throw GraphError(
          .shapeMismatch,
          "sequence \"\(name)\" of a scan has \(extent) steps, but another sequence has \(time ?? extent)")
      }
      time = extent
      try check(name, VariableType(operand.scalar, Array(operand.shape.dropFirst())))
    }
    for (state, operand) in zip(states, operands.dropFirst(sequences.count)) {
      try check(state.input, operand)
      guard let next = body.output(named: state.output) else { throw missingOutput(state.output) }
      guard body.variables[next].type == operand else {
        throw GraphError(
          .shapeMismatch,
          "the initial state \"\(state.input)\" of a scan is \(operand), but the next is \(body.variables[next].type)")
      }
    }
    for (name, operand) in zip(captures, operands.dropFirst(sequences.count + states.count)) {
      try check(name, operand)
    }
    guard !outputs.isEmpty else { throw GraphError(.malformed, "a scan stacks no output of its body") }
    guard let time else { throw GraphError(.malformed, "a scan has neither a sequence nor a number of steps") }
    return try outputs.map { (name) throws(GraphError) in
      guard let variable = body.output(named: name) else { throw missingOutput(name) }
      let type = body.variables[variable].type
      return VariableType(type.scalar, [time] + type.shape)
    }
  }

  private func missingOutput(_ name: Name) -> GraphError {
    GraphError(.malformed, "the body of a scan has no output \"\(name)\"")
  }

  private func check(_ name: Name, _ type: VariableType) throws(GraphError) {
    guard let variable = body.input(named: name) else {
      throw GraphError(.malformed, "the body of a scan has no input \"\(name)\"")
    }
    guard body.variables[variable].type == type else {
      throw GraphError(
        .shapeMismatch,
        "input \"\(name)\" of a scan's body is \(body.variables[variable].type), but is fed with \(type)")
    }
  }

  /// Checks that each input of the body is fed exactly once, and that all outputs exist.
  private func checkNames() throws(GraphError) {
    let fed = sequences + states.map(\.input) + captures + [stepInput].compactMap { $0 }
    let wanted = body.inputs.map(\.name)
    guard fed.sorted() == wanted.sorted() else {
      throw GraphError(
        .malformed,
        "the inputs of a scan's body are \(wanted.sorted()), but its sequences, states, captures and step feed \(fed.sorted())"
      )
    }
    if let stepInput { try check(stepInput, VariableType(.int64, [])) }
    guard Set(outputs).count == outputs.count else {
      throw GraphError(.malformed, "a scan stacks an output twice")
    }
    try checkStatistics()
    if let stepCount {
      guard sequences.isEmpty else {
        throw GraphError(.malformed, "a scan has sequences, and also a number of steps, \(stepCount)")
      }
      guard stepCount >= 0 else { throw GraphError(.malformed, "a scan has \(stepCount) steps") }
    }
  }
}
