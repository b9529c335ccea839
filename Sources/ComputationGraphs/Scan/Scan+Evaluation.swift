import Tensors

extension Scan {
  /// Runs the loop.
  ///
  /// - Parameters:
  ///   - operands: The values of the node's operands.
  ///   - step: Evaluates the body.
  /// - Throws: what the body throws, and `GraphError` with code `.shapeMismatch` where sequences differ in length or there are no
  ///   steps.
  func evaluate(
    _ operands: [Tensor], step: ([Name: Tensor]) throws(GraphError) -> [Name: Tensor]
  ) throws(GraphError) -> [Tensor] {
    let rows = operands.prefix(sequences.count)
    let count = stepCount ?? rows.first?.shape[0] ?? 0
    for (name, sequence) in zip(sequences, rows) where sequence.shape[0] != count {
      throw GraphError(.shapeMismatch, "sequence \"\(name)\" has \(sequence.shape[0]) steps, another has \(count)")
    }
    guard count > 0 else { throw GraphError(.shapeMismatch, "a loop over no steps has no results") }
    var current = Array(operands.dropFirst(sequences.count).prefix(states.count))
    var fixed: [Name: Tensor] = [:]
    for (name, value) in zip(captures, operands.dropFirst(sequences.count + states.count)) { fixed[name] = value }
    var stacked = [[Tensor]](repeating: [], count: outputs.count)
    do {
      for index in 0..<count {
        var inputs = fixed
        for (name, sequence) in zip(sequences, rows) {
          inputs[name] = try sequence.taking(isReversed ? count - 1 - index : index)
        }
        for (state, value) in zip(states, current) { inputs[state.input] = value }
        if let stepInput { inputs[stepInput] = try Tensor([Int64(index)], shape: []) }
        let results = try step(inputs)
        current = try states.map { (state) throws(GraphError) in try result(state.output, in: results) }
        for (position, name) in outputs.enumerated() {
          let value = try result(name, in: results)
          // A file may ask for any number of steps.
          if index == 0 { try Shape(checking: [count] + value.shape.dimensions).checkFitsMemory(as: value.type) }
          stacked[position].append(try value.expandingDimensions(at: 0))
        }
      }
      return try stacked.map { try Tensor.concatenating($0, axis: 0) }
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
