import Tensors

extension Interpreter {
  /// Checks the names, types and shapes of inputs in the same way as an evaluation.
  ///
  /// - Throws: `GraphError` that names the input that does not fit, is missing, or does not exist.
  package func check(_ inputs: [Name: Tensor]) throws(GraphError) {
    let plan = EvaluationPlan(graph.outputs.map(\.variable), of: graph, [:])
    var used = plan.used
    for input in graph.nodes.flatMap(\.inputs) { used[input] = true }
    _ = try leaves(inputs: inputs, used: used)
  }

  /// The values of the leaves that are used, by variable.
  func leaves(inputs: [Name: Tensor], used: [Bool]) throws(GraphError) -> [Tensor?] {
    for name in inputs.keys where !graph.inputs.contains(where: { $0.name == name }) {
      throw GraphError(.missingValue, "the graph has no input \"\(name)\"; it has \(inputNames)")
    }
    var values = [Tensor?](repeating: nil, count: graph.variables.count)
    var extents: [Name: Int] = [:]
    for (index, variable) in graph.variables.enumerated() {
      // A given input is checked even if no node uses it.
      if case .input(let name) = variable.source, let tensor = inputs[name] {
        try bind(tensor, to: variable.type, named: name, extents: &extents)
        values[index] = tensor
      }
      guard used[index], values[index] == nil else { continue }
      switch variable.source {
      case .none: break
      case .tensor: values[index] = savedTensor(index)
      case .constant(let number):
        guard let shape = variable.type.fixedShape else {
          throw GraphError(
            .malformed, "a constant has the type \(variable.type), but its shape must have only fixed extents")
        }
        values[index] = try constant(number, shape: shape, type: variable.type.scalar)
      case .input(let name):
        throw GraphError(.missingValue, "input \"\(name)\" is missing; the graph needs \(variable.type)")
      }
    }
    return values
  }

  private var inputNames: String {
    graph.inputs.isEmpty ? "none" : graph.inputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
  }

  private func constant(_ value: Double, shape: Shape, type: ScalarType) throws(GraphError) -> Tensor {
    do {
      return try Tensor(repeating: value, shape: shape, type: type)
    } catch {
      throw GraphError(.malformed, "a constant cannot be made: \(error.message)")
    }
  }

  private func bind(
    _ tensor: Tensor, to type: VariableType, named name: Name, extents: inout [Name: Int]
  ) throws(GraphError) {
    let actual = VariableType(tensor)
    guard actual.scalar == type.scalar, actual.rank == type.rank else {
      throw GraphError(.shapeMismatch, "input \"\(name)\" is \(actual), but the graph needs \(type)")
    }
    for (axis, extent) in type.shape.enumerated() {
      switch extent {
      case .fixed(let wanted):
        guard tensor.shape[axis] == wanted else {
          throw GraphError(.shapeMismatch, "input \"\(name)\" is \(actual), but the graph needs \(type)")
        }
      case .symbolic(let symbol):
        let known = extents[symbol] ?? tensor.shape[axis]
        guard known == tensor.shape[axis] else {
          throw GraphError(
            .shapeMismatch, "input \"\(name)\" is \(actual), but \(symbol) is \(known) in another input")
        }
        extents[symbol] = known
      }
    }
  }
}
