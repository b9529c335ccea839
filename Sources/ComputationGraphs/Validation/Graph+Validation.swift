import Tensors

extension Graph {
  /// Checks a graph from a file, or a graph made by hand, for all faults (schemas/GRAPH.md): indices, order, operand types, roles,
  /// calls, and normalizations that do not fit their statistics. The bodies of loops were checked when they became part of the
  /// graph.
  ///
  /// - Throws: `GraphError` with code `.malformed`, `.shapeMismatch` or `.invalidName` that names the part.
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
    try validateTensors()
    let fed = Set(inputs.map(\.variable))
    for (index, call) in calls.enumerated() { try validate(call, index: index) }
    for (index, variable) in variables.enumerated() {
      if let call = variable.call { try check(call, below: calls.count, "call of variable \(index)") }
      try validateExtents(of: variable, index: index)
      try validateSource(of: variable, index: index, isFed: fed.contains(index))
    }
    try validateNormalizations()
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
        throw GraphError(.shapeMismatch, "yields \(type), but the graph says \(variables[output].type)")
      }
    } catch {
      throw GraphError(error.code, "\(place): \(error.message)")
    }
  }

  private func validatePorts() throws(GraphError) {
    for (ports, kind) in [(inputs, "input"), (outputs, "output")] {
      guard Set(ports.map(\.name)).count == ports.count else {
        throw GraphError(.malformed, "two \(kind)s have the same name")
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

  /// Checks that a graph or body reads each saved tensor in one leaf, and that the tensor has the same type everywhere.
  private func validateTensors() throws(GraphError) {
    var types: [TensorPath: VariableType] = [:]
    for variable in variables {
      guard case .tensor(let path) = variable.source else { continue }
      guard types.updateValue(variable.type, forKey: path) == nil else {
        throw GraphError(.malformed, "two variables are read from \(path.datasetPath)")
      }
    }
    // The body of each loop was already checked against the loops in it.
    for (path, variable) in loops.flatMap(\.scan.body.savedTensors) {
      guard types.updateValue(variable.type, forKey: path) ?? variable.type == variable.type else {
        throw GraphError(.malformed, "\(path.datasetPath) has one type in a loop and another type elsewhere")
      }
    }
  }

  private func validate(_ call: Call, index: Int) throws(GraphError) {
    try BrickPath.check(call.brick)
    for variable in call.references { try check(variable, below: variables.count, "variable of call \(index)") }
  }

  private func validateExtents(of variable: Variable, index: Int) throws(GraphError) {
    for case .symbolic(let name) in variable.type.shape {
      do throws(GraphError) {
        try BrickPath.check(component: name)
      } catch {
        throw GraphError(error.code, "variable \(index) has an extent without a usable name: \(error.message)")
      }
    }
  }

  /// Checks a leaf. The names of inputs were already compared.
  private func validateSource(of variable: Variable, index: Int, isFed: Bool) throws(GraphError) {
    switch variable.source {
    case .tensor(let path):
      guard TensorPath.Collection(variable.roles) == path.collection, variable.type.fixedShape != nil else {
        throw GraphError(
          .malformed,
          "variable \(index) is read from \(path.datasetPath), but its roles or its open shape do not fit")
      }
    case .constant(let value):
      guard variable.type.shape.isEmpty else {
        throw GraphError(.malformed, "variable \(index) is a constant, but not a scalar")
      }
      try Graph.check(constant: value, of: variable.type.scalar)
    case .input(let name):
      guard isFed else {
        throw GraphError(.malformed, "variable \(index) is fed by \"\(name)\", which is not an input of the graph")
      }
    case nil: break
    }
  }

  /// Checks that a constant is a number of the given type.
  ///
  /// - Throws: `GraphError` with code `.malformed` for an int64 constant that is not an integer, or is so large that a double
  ///   cannot hold every integer of its size.
  static func check(constant value: Double, of scalar: ScalarType) throws(GraphError) {
    guard scalar == .int64 else { return }
    guard abs(value) <= 0x1p53, value == value.rounded() else {
      throw GraphError(.malformed, "the int64 constant \(value) is not an integer from −2⁵³ to 2⁵³")
    }
  }
}
