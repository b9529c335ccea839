import Tensors

extension Scan {
  /// Runs the loop.
  ///
  /// - Parameters:
  ///   - operands: The values of the node's operands.
  ///   - step: Evaluates the body. It returns the outputs by name, and additional values to stack.
  /// - Returns: The values of `outputs` and the additional values, each stacked along a new axis 0.
  /// - Throws: The errors of the body, and `GraphError` with code `.shapeMismatch` if the lengths of sequences differ or there
  ///   are no steps.
  func evaluate(
    _ operands: [Tensor], step: ([Name: Tensor]) throws(GraphError) -> (outputs: [Name: Tensor], others: [Tensor])
  ) throws(GraphError) -> (results: [Tensor], others: [Tensor]) {
    let rows = operands.prefix(sequences.count)
    let count = stepCount ?? rows.first?.shape[0] ?? 0
    for (name, sequence) in zip(sequences, rows) where sequence.shape[0] != count {
      throw GraphError(
        .shapeMismatch, "sequence \"\(name)\" has \(sequence.shape[0]) steps, but another sequence has \(count)")
    }
    guard count > 0 else { throw GraphError(.shapeMismatch, "a loop over no steps has no results") }
    guard count <= Scan.largestStepCount else {
      throw GraphError(
        .shapeMismatch, "a loop has \(count) steps; the largest number of steps is \(Scan.largestStepCount)")
    }
    var current = Array(operands.dropFirst(sequences.count).prefix(states.count))
    var fixed: [Name: Tensor] = [:]
    for (name, value) in zip(captures, operands.dropFirst(sequences.count + states.count)) { fixed[name] = value }
    var stacked: [[Tensor]] = []
    do {
      for index in 0..<count {
        var inputs = fixed
        for (name, sequence) in zip(sequences, rows) {
          inputs[name] = try sequence.taking(isReversed ? count - 1 - index : index)
        }
        for (state, value) in zip(states, current) { inputs[state.input] = value }
        if let stepInput { inputs[stepInput] = try Tensor([Int64(index)], shape: []) }
        let (results, others) = try step(inputs)
        current = try states.map { (state) throws(GraphError) in try result(state.output, in: results) }
        let values = try outputs.map { (name) throws(GraphError) in try result(name, in: results) } + others
        if index == 0 {
          stacked = [[Tensor]](repeating: [], count: values.count)
          // A file can ask for any number of steps, so check the memory first.
          for value in values { try Shape(checking: [count] + value.shape.dimensions).checkFitsMemory(as: value.type) }
        }
        for (position, value) in values.enumerated() {
          stacked[position].append(try value.expandingDimensions(at: 0))
        }
      }
      let results = try stacked.map { try Tensor.concatenating($0, axis: 0) }
      return (Array(results.prefix(outputs.count)), Array(results.dropFirst(outputs.count)))
    } catch let error as GraphError {
      throw error
    } catch {
      throw GraphError(.evaluation, "a loop: \(error)")
    }
  }

  private func result(_ name: Name, in results: [Name: Tensor]) throws(GraphError) -> Tensor {
    guard let value = results[name] else {
      throw GraphError(.malformed, "the body of a scan has no output \"\(name)\"")
    }
    return value
  }
}
