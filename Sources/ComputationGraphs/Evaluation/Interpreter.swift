import Tensors

/// Evaluates a graph node by node: the definition of what a graph means.
public struct Interpreter: Sendable {
  /// The graph.
  public let graph: Graph
  private let tensors: [Int: Tensor]
  private let lastUse: [Int]

  /// An interpreter of a graph whose saved tensors have these values.
  ///
  /// - Throws: `GraphError` with code `.missingValue`, `.shapeMismatch` where a tensor is missing or has another type or shape,
  ///   `.unknownOperation` where the graph has an operation of a later version.
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
          .shapeMismatch, "\(path) is \(VariableType(tensor)), the graph wants \(variable.type)", brick: path.brick)
      }
      tensors[index] = tensor
    }
    self.tensors = tensors
    var lastUse = [Int](repeating: -1, count: graph.variables.count)
    for (index, node) in graph.nodes.enumerated() {
      if case .unrecognized = node.operation { _ = try node.operation.resultType(of: []) }
      for input in node.inputs { lastUse[input] = index }
    }
    self.lastUse = lastUse
  }

  /// The values of the graph's outputs, by name.
  ///
  /// - Throws: `GraphError` naming the input, or the brick and application, that failed.
  public func callAsFunction(_ inputs: [String: Tensor]) throws(GraphError) -> [String: Tensor] {
    let values = try evaluate(graph.outputs.map(\.variable), inputs: inputs)
    var outputs: [String: Tensor] = [:]
    for (port, value) in zip(graph.outputs, values) { outputs[port.name] = value }
    return outputs
  }

  /// The values of some variables. Others are dropped as soon as nothing needs them any more.
  ///
  /// - Throws: `GraphError` as above.
  public func evaluate(_ wanted: [Int], inputs: [String: Tensor]) throws(GraphError) -> [Tensor] {
    let needed = neededNodes(for: wanted)
    let kept = Set(wanted)
    let offsets = trainingCalls
    var values = try leaves(inputs: inputs, for: needed, and: kept)
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      let call = graph.variables[node.outputs[0]].call.map { graph.calls[$0] }
      do throws(GraphError) {
        let operands = try node.inputs.map { (input) throws(GraphError) in try value(of: input, in: values) }
        if let normalization = offsets[node.outputs[0]] {
          try checkObservations(of: value(of: normalization.input, in: values), normalization)
        }
        values[node.outputs[0]] = try node.operation.evaluate(operands)
      } catch {
        throw error.located(brick: call?.brick, application: call?.application)
      }
      for input in node.inputs where lastUse[input] == index && !kept.contains(input) { values[input] = nil }
    }
    return try wanted.map { (index) throws(GraphError) in try value(of: index, in: values) }
  }

  /// The value of a saved tensor by its variable.
  func savedTensor(_ variable: Int) -> Tensor? { tensors[variable] }

  private func value(of index: Int, in values: [Tensor?]) throws(GraphError) -> Tensor {
    guard let value = values[index] else {
      throw GraphError(.malformed, "variable \(index) is used before it is computed")
    }
    return value
  }

  private func neededNodes(for wanted: [Int]) -> [Bool] {
    var variables = Set(wanted)
    var nodes = [Bool](repeating: false, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated().reversed() where node.outputs.contains(where: variables.contains) {
      nodes[index] = true
      variables.formUnion(node.inputs)
    }
    return nodes
  }

  /// The training-mode normalizations by their mean, where the number of observations is checked.
  private var trainingCalls: [Int: Normalization] {
    var calls: [Int: Normalization] = [:]
    for case let normalization? in graph.calls.map(\.normalization) where normalization.isTraining {
      calls[normalization.offset] = normalization
    }
    return calls
  }

  private func checkObservations(of input: Tensor, _ normalization: Normalization) throws(GraphError) {
    let count = normalization.axes.reduce(1) { $0 * input.shape[$1] }
    guard count >= 2 else {
      throw GraphError(
        .tooFewObservations,
        "training mode needs at least 2 observations per element, and input \(input.shape) has \(count); use a larger batch")
    }
  }
}
