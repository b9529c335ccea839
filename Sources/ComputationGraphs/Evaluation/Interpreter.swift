import Tensors

/// Evaluates a graph node by node. This evaluation defines the meaning of a graph.
public struct Interpreter: Sendable {
  /// The graph.
  public let graph: Graph
  private let tensors: [Int: Tensor]
  private let lastUse: [Int]
  /// The interpreters of the bodies of loops, by node.
  private let bodies: [Int: Interpreter]
  private let checks: [Int: TrainingCheck]
  /// The variables of the outputs, and the plan to evaluate them. They are prepared once, because a body of a loop needs them
  /// at every step.
  private let outputs: [Int]
  private let outputPlan: EvaluationPlan

  /// Creates an interpreter of a graph with the values of its saved tensors.
  ///
  /// - Throws: `GraphError` with code `.missingValue` if a tensor is missing, `.shapeMismatch` if it has another type or shape, or
  ///   `.unknownOperation` if the graph has an operation from a later version.
  public init(_ graph: Graph, tensors store: TensorStore) throws(GraphError) {
    self.graph = graph
    var tensors: [Int: Tensor] = [:]
    for (index, variable) in graph.variables.enumerated() {
      guard case .tensor(let path) = variable.source else { continue }
      guard let tensor = store[path] else {
        throw GraphError(.missingValue, "\(path) has no value", brick: path.brick)
      }
      guard VariableType(tensor) == variable.type else {
        throw GraphError(
          .shapeMismatch, "\(path) is \(VariableType(tensor)), but the graph needs \(variable.type)", brick: path.brick)
      }
      tensors[index] = tensor
    }
    self.tensors = tensors
    var bodies: [Int: Interpreter] = [:]
    for (node, scan) in graph.loops { bodies[node] = try Interpreter(scan.body, tensors: store) }
    self.bodies = bodies
    var lastUse = [Int](repeating: -1, count: graph.variables.count)
    for (index, node) in graph.nodes.enumerated() {
      if case .unrecognized(let name, _) = node.operation {
        let call = node.outputs.first.flatMap { graph.variables[$0].call }.map { graph.calls[$0] }
        throw GraphError(
          .unknownOperation, "this version does not know the operation \"\(name)\", so the graph cannot be evaluated",
          brick: call?.brick, application: call?.application)
      }
      for input in node.inputs { lastUse[input] = index }
    }
    self.lastUse = lastUse
    checks = TrainingCheck.checks(of: graph)
    outputs = graph.outputs.map(\.variable)
    outputPlan = EvaluationPlan(outputs, of: graph, checks)
  }

  /// Evaluates the graph, and returns the values of its outputs by name.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func callAsFunction(_ inputs: [Name: Tensor]) throws(GraphError) -> [Name: Tensor] {
    let values = try evaluate(outputs, inputs: inputs)
    var named: [Name: Tensor] = [:]
    for (port, value) in zip(graph.outputs, values) { named[port.name] = value }
    return named
  }

  /// The values of some variables. Every other value is released after its last use.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func evaluate(_ wanted: [Int], inputs: [Name: Tensor]) throws(GraphError) -> [Tensor] {
    try evaluate(wanted, inDoublePrecision: [], inputs: inputs).values
  }

  /// The values of some variables, the values of other variables in double precision (see `DoublePrecision`), and the shapes of all
  /// computed variables.
  func evaluate(
    _ wanted: [Int], inDoublePrecision precise: [Int], inputs: [Name: Tensor]
  ) throws(GraphError) -> (values: [Tensor], precise: [Tensor], shapes: [Shape?]) {
    let plan = wanted == outputs && precise.isEmpty ? outputPlan : EvaluationPlan(wanted + precise, of: graph, checks)
    let (needed, kept) = (plan.needed, plan.kept)
    var precision = DoublePrecision(precise, in: graph)
    var shapes = [Shape?](repeating: nil, count: graph.variables.count)
    var values = try leaves(inputs: inputs, used: plan.used)
    for (index, value) in values.enumerated() { shapes[index] = value?.shape }
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      let output = node.outputs[0]
      let call = graph.variables[output].call.map { graph.calls[$0] }
      do throws(GraphError) {
        let operands = try node.inputs.map { (input) throws(GraphError) in try value(of: input, in: values) }
        try checks[output]?.checkObservations(of: shapes)
        for (output, value) in zip(node.outputs, try results(of: node, at: index, operands, &precision)) {
          values[output] = value
          shapes[output] = value.shape
        }
      } catch {
        throw error.located(brick: call?.brick, application: call?.application)
      }
      for input in node.inputs where lastUse[input] == index && !kept.contains(input) { values[input] = nil }
    }
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      guard let check = checks[node.outputs[0]], let step = check.normalization.step else { continue }
      try check.checkStep(value(of: step, in: values))
    }
    return (
      try wanted.map { (index) throws(GraphError) in try value(of: index, in: values) },
      try precise.map { (index) throws(GraphError) in
        try precision.value(of: index, or: value(of: index, in: values))
      }, shapes
    )
  }

  private func results(
    of node: Graph.Node, at index: Int, _ operands: [Tensor], _ precision: inout DoublePrecision
  ) throws(GraphError) -> [Tensor] {
    guard case .scan(let scan) = node.operation, let body = bodies[index] else {
      guard precision.contains(node.outputs[0]) else { return [try node.operation.evaluate(operands)] }
      return [try precision.evaluate(node, operands)]
    }
    let precise = node.outputs.indices.filter { precision.contains(node.outputs[$0]) }
    let outputs = body.graph.outputs
    let preciseVariables = precise.compactMap { body.graph.output(named: scan.outputs[$0]) }
    let (results, preciseResults) = try scan.evaluate(operands) { (inputs) throws(GraphError) in
      let step = try body.evaluate(outputs.map(\.variable), inDoublePrecision: preciseVariables, inputs: inputs)
      let named = Dictionary(zip(outputs.map(\.name), step.values)) { first, _ in first }
      return (named, step.precise)
    }
    for (position, result) in zip(precise, preciseResults) { precision.keep(result, of: node.outputs[position]) }
    return results
  }

  /// The value of a saved tensor, by its variable.
  func savedTensor(_ variable: Int) -> Tensor? { tensors[variable] }

  private func value(of index: Int, in values: [Tensor?]) throws(GraphError) -> Tensor {
    guard let value = values[index] else {
      throw GraphError(.malformed, "variable \(index) is used before it is computed")
    }
    return value
  }
}
