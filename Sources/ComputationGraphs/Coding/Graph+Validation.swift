import Tensors

extension Graph {
  /// Checks what a file may get wrong: indices, order, producers, operand types, calls.
  ///
  /// - Throws: `GraphError` with code `.malformed` or `.shapeMismatch`, naming the part.
  /// - Complexity: O(variables + nodes + calls).
  func validate() throws(GraphError) {
    var defined = variables.map { $0.source != nil }
    for (index, node) in nodes.enumerated() {
      try validate(node, index: index, defined: &defined)
    }
    if let orphan = defined.firstIndex(of: false) {
      throw GraphError(.malformed, "variable \(orphan) has no source and no node computes it")
    }
    try validatePorts()
    let tensorPaths = try uniqueTensorPaths()
    try validateTensorsOfLoops()
    let fed = Set(inputs.map(\.variable))
    for (index, call) in calls.enumerated() { try validate(call, index: index, tensorPaths: tensorPaths) }
    for (index, variable) in variables.enumerated() {
      if let call = variable.call { try check(call, below: calls.count, "call of variable \(index)") }
      try validateSource(of: variable, index: index, isFed: fed.contains(index))
    }
  }

  private func check(_ index: Int, below count: Int, _ what: String) throws(GraphError) {
    guard (0..<count).contains(index) else {
      throw GraphError(.malformed, "the \(what) is \(index), but there are \(count)")
    }
  }

  private func validate(_ node: Node, index: Int, defined: inout [Bool]) throws(GraphError) {
    let place = "node \(index) (\(node.operation.name))"
    for input in node.inputs {
      try check(input, below: variables.count, "operand of \(place)")
      guard defined[input] else {
        throw GraphError(.malformed, "\(place) uses variable \(input) before it is computed")
      }
    }
    for output in node.outputs {
      try check(output, below: variables.count, "result of \(place)")
      guard !defined[output] else { throw GraphError(.malformed, "\(place) computes variable \(output) a second time") }
      defined[output] = true
    }
    if case .unrecognized = node.operation { return }
    do throws(GraphError) {
      let types = try node.operation.resultTypes(of: node.inputs.map { variables[$0].type })
      guard types.count == node.outputs.count else {
        throw GraphError(.malformed, "has \(node.outputs.count) results, not \(types.count)")
      }
      for (type, output) in zip(types, node.outputs) where type != variables[output].type {
        throw GraphError(.shapeMismatch, "yields \(type), the graph says \(variables[output].type)")
      }
    } catch {
      throw GraphError(error.code, "\(place): \(error.message)")
    }
  }

  private func validatePorts() throws(GraphError) {
    for (ports, kind) in [(inputs, "input"), (outputs, "output")] {
      guard Set(ports.map(\.name)).count == ports.count else {
        throw GraphError(.malformed, "two \(kind)s have one name")
      }
      for port in ports { try check(port.variable, below: variables.count, "variable of \(kind) \"\(port.name)\"") }
    }
    for port in inputs {
      guard case .input(port.name) = variables[port.variable].source else {
        throw GraphError(
          .malformed, "input \"\(port.name)\" names variable \(port.variable), which is not fed by that name")
      }
    }
  }

  private func uniqueTensorPaths() throws(GraphError) -> Set<TensorPath> {
    var paths: Set<TensorPath> = []
    for case .tensor(let path) in variables.compactMap(\.source) {
      guard paths.insert(path).inserted else {
        throw GraphError(.malformed, "two variables are read from \(path.datasetPath)")
      }
    }
    return paths
  }

  /// A saved tensor has one type, wherever it is used.
  private func validateTensorsOfLoops() throws(GraphError) {
    var types: [TensorPath: VariableType] = [:]
    for variable in variables {
      if case .tensor(let path) = variable.source { types[path] = variable.type }
    }
    // The body of each loop has been checked against the loops in it.
    for (path, variable) in loops.flatMap(\.scan.body.savedTensors) {
      guard types.updateValue(variable.type, forKey: path) ?? variable.type == variable.type else {
        throw GraphError(.malformed, "\(path.datasetPath) is of one type in a loop and of another elsewhere")
      }
    }
  }

  private func validate(_ call: Call, index: Int, tensorPaths: Set<TensorPath>) throws(GraphError) {
    try BrickPath.check(call.brick)
    for variable in call.references { try check(variable, below: variables.count, "variable of call \(index)") }
    guard let normalization = call.normalization else { return }
    let rank = variables[normalization.input].type.rank
    guard Set(normalization.axes).count == normalization.axes.count, normalization.axes.contains(0),
      normalization.axes.allSatisfy({ (0..<rank).contains($0) })
    else {
      throw GraphError(.malformed, "call \(index) of \(call.brick) normalizes over axes \(normalization.axes)")
    }
    guard normalization.epsilon >= 0, normalization.epsilon.isFinite else {
      throw GraphError(.malformed, "call \(index) of \(call.brick) has the epsilon \(normalization.epsilon)")
    }
    guard (normalization.divisor == nil) == (normalization.populationStandardDeviation == nil) else {
      throw GraphError(
        .malformed, "call \(index) of \(call.brick) has one of divisor and population_stdev without the other")
    }
    do throws(GraphError) {
      try normalization.checkMode()
    } catch {
      throw GraphError(.malformed, "call \(index) of \(call.brick) \(error.message)")
    }
    try validateStatistics(of: normalization, index: index)
    for path in [normalization.populationMean, normalization.populationStandardDeviation].compactMap({ $0 })
    where !tensorPaths.contains(path) {
      throw GraphError(.malformed, "call \(index) names \(path.datasetPath), which is no variable of the graph")
    }
  }

  /// The variables in use must be of the types that minibatch statistics have, or no transform could put those in their place.
  private func validateStatistics(of normalization: Normalization, index: Int) throws(GraphError) {
    let operation = GraphOperation.reduce(.mean, axes: normalization.axes, keepingDimensions: true)
    let type = try operation.resultType(of: [variables[normalization.input].type])
    for variable in [normalization.offset, normalization.divisor].compactMap({ $0 }) {
      guard variables[variable].type == type else {
        throw GraphError(
          .shapeMismatch,
          "call \(index) normalizes by variable \(variable), \(variables[variable].type) instead of \(type)")
      }
    }
    if let mask = normalization.mask {
      do throws(GraphError) {
        let counting = GraphOperation.elementCount(axes: normalization.axes)
        _ = try counting.resultType(of: [variables[normalization.input].type, variables[mask].type])
      } catch {
        throw GraphError(
          .shapeMismatch,
          "the mask of call \(index) is \(variables[mask].type); it needs the type and rank of the input, "
            + "\(variables[normalization.input].type), and extent 1 on axes that are not averaged, 1 or the input's on the others"
        )
      }
    }
    if let step = normalization.step, variables[step].type != VariableType(.int64, []) {
      throw GraphError(
        .shapeMismatch, "the time step of call \(index) is \(variables[step].type), not an int64 scalar")
    }
  }

  /// Checks a leaf. Whether an input of the graph names it is known; that the names agree was checked with the inputs.
  private func validateSource(of variable: Variable, index: Int, isFed: Bool) throws(GraphError) {
    switch variable.source {
    case .tensor(let path):
      guard TensorPath.Collection(variable.roles) == path.collection, variable.type.fixedShape != nil else {
        throw GraphError(
          .malformed,
          "variable \(index) is read from \(path.datasetPath), but its roles or its open shape say otherwise")
      }
    case .constant:
      guard variable.type.shape.isEmpty else {
        throw GraphError(.malformed, "variable \(index) is a constant, but no scalar")
      }
    case .input(let name):
      guard isFed else {
        throw GraphError(.malformed, "variable \(index) is fed by \"\(name)\", which is no input of the graph")
      }
    case nil: break
    }
  }
}
