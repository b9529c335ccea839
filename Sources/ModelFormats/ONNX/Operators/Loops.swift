import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Loops and branches.
  static let loops: [String: ONNXOperator] = [
    "Scan": .direct(scan), "Loop": .direct(loop),
    "If": .direct { node in
      guard let condition = try node.known(0, "cond").tensor.doubles.first else {
        throw node.malformed("cond is empty")
      }
      let branches = (try node.graph("then_branch"), try node.graph("else_branch"))
      guard let branch = condition != 0 ? branches.0 : branches.1 else { throw node.malformed("a branch is missing") }
      let inner = ONNXScope(builder: node.builder, outer: node.scope)
      try node.importer.run(branch, in: inner)
      return try branch.output.map { try inner.value($0.name, node.importer) }
    },
  ]

  private static func scan(_ node: ONNXNode) throws -> [ONNXValue] {
    guard node.operatorSet >= 9 else { throw node.unsupported("version \(node.operatorSet)") }
    guard let body = try node.graph("body"), let count = try node.integer("num_scan_inputs"),
      (0...node.inputs.count).contains(count), body.input.count == node.inputs.count
    else { throw node.malformed("body or num_scan_inputs is missing, or does not fit the inputs of the node") }
    let stateCount = node.inputs.count - count
    guard body.output.count >= stateCount else { throw node.malformed("the body has too few outputs") }
    let outputCount = body.output.count - stateCount
    func list(_ name: String, _ count: Int) throws -> [Int] {
      let list = try node.integers(name) ?? [Int](repeating: 0, count: count)
      guard list.count == count else { throw node.malformed("\(name) has \(list.count) numbers; it needs \(count)") }
      return list
    }
    let inputAxes = try list("scan_input_axes", count)
    let outputAxes = try list("scan_output_axes", outputCount)
    let inputDirections = try list("scan_input_directions", count)
    let outputDirections = try list("scan_output_directions", outputCount)
    let types = try node.inputs.indices.map { try node.value($0).type }
    // A scan of the graph reverses either all sequences or no sequence.
    let isReversed = count > 0 && inputDirections.allSatisfy { $0 == 1 }
    let sequences = try (0..<count).map { index in
      var sequence = try node.variable(stateCount + index)
      sequence = try node.moved(sequence, from: node.axis(inputAxes[index], rank: sequence.rank), to: 0)
      return inputDirections[index] == 1 && !isReversed ? try sequence.reversed(axis: 0) : sequence
    }
    let loop = LoopBody(node: node, graph: body, stateTypes: Array(types[..<stateCount]))
    let (states, outputs) = try loop.run(
      sequences: zip(sequences, types[stateCount...]).map { ($0, $1) }, states: (0..<stateCount).map(node.variable),
      firstInput: 0, firstOutput: 0, isReversed: isReversed)
    let arranged = try outputs.indices.map { index -> ONNXValue in
      guard case .variable(var variable, let type) = outputs[index] else { return outputs[index] }
      if outputDirections[index] == 1 { variable = try variable.reversed(axis: 0) }
      return .variable(try node.moved(variable, from: 0, to: node.axis(outputAxes[index], rank: variable.rank)), type)
    }
    return states + arranged
  }

  private static func loop(_ node: ONNXNode) throws -> [ONNXValue] {
    guard let body = try node.graph("body"), body.input.count == node.inputs.count, node.inputs.count >= 2 else {
      throw node.malformed("the body is missing, or its number of inputs does not fit the node")
    }
    guard node.has(0) else { throw node.unsupported("a loop without a number of steps") }
    let count = try node.numbers(0, "M").first ?? 0
    if node.has(1) {
      guard try node.known(1, "cond").tensor.doubles.first != 0 else { throw node.unsupported("a loop without steps") }
    }
    guard (1...1_000_000).contains(count) else { throw node.unsupported("a loop over \(count) steps") }
    let stateCount = node.inputs.count - 2
    let types = try (0..<stateCount).map { try node.value($0 + 2).type }
    let loop = LoopBody(node: node, graph: body, stateTypes: types)
    let (states, outputs) = try loop.run(
      sequences: [], states: (0..<stateCount).map { try node.variable($0 + 2) }, firstInput: 2, firstOutput: 1,
      stepCount: count)
    return states + outputs
  }
}

/// Records the body of a `Loop` or `Scan` node as a loop of the graph.
private struct LoopBody {
  let node: ONNXNode
  let graph: Onnx_GraphProto
  let stateTypes: [ElementType]

  /// Records the loop.
  ///
  /// - Parameters:
  ///   - firstInput: The number of the body's inputs before the states. In a `Loop`, they are the step and the condition.
  ///   - firstOutput: The number of the body's outputs before the states. In a `Loop`, it is the condition.
  /// - Returns: The last states, and the stacked outputs.
  func run(
    sequences: [(variable: Variable, type: ElementType)], states: [Variable], firstInput: Int, firstOutput: Int,
    stepCount: Int? = nil, isReversed: Bool = false
  ) throws -> (states: [ONNXValue], outputs: [ONNXValue]) {
    let names = graph.input.map(\.name)
    guard names.count == firstInput + states.count + sequences.count, graph.output.count >= firstOutput + states.count
    else {
      throw node.malformed(
        "the body has \(names.count) inputs and \(graph.output.count) outputs, which do not fit the inputs and states of the node"
      )
    }
    var outputTypes: [ElementType] = []
    let result = try node.builder.scan(
      sequences: sequences.map(\.variable), states: states, stepCount: stepCount, isReversed: isReversed
    ) { inner, step in
      let scope = ONNXScope(builder: inner, outer: node.scope)
      let importer = node.importer
      if firstInput == 2 {
        try scope.define(names[0], .variable(step.index, .int64), importer)
        try scope.define(
          names[1], .known(KnownValue(tensor: try Tensor([1] as [Int64], shape: []), type: .boolean)), importer)
      }
      for (name, (state, type)) in zip(names[firstInput...], zip(step.states, stateTypes)) {
        try scope.define(name, .variable(state, type), importer)
      }
      for (index, sequence) in step.sequences.enumerated() {
        try scope.define(names[firstInput + states.count + index], .variable(sequence, sequences[index].type), importer)
      }
      try importer.run(graph, in: scope)
      let values = try graph.output.map { try scope.value($0.name, importer) }
      if firstOutput == 1 {
        guard case .known(let condition) = values[0], condition.tensor.doubles.first != 0 else {
          throw node.unsupported("a loop that may end before the last step")
        }
      }
      let body = ONNXNode(node.proto, index: node.index, inputs: values, importer: importer, scope: scope)
      let variables = try values.indices.dropFirst(firstOutput).map(body.variable)
      outputTypes = values.dropFirst(firstOutput + states.count).map(\.type)
      return (Array(variables[..<states.count]), Array(variables[states.count...]))
    }
    let last = try node.builder.constant(Double(Int32.max), .int64)
    let finals = try zip(result.states, stateTypes).map { state, type in
      ONNXValue.variable(try state.taking(step: last, pastEnd: .clampToLast), type)
    }
    return (finals, zip(result.outputs, outputTypes).map { .variable($0, $1) })
  }
}

extension ONNXNode {
  /// Moves one axis of a variable to another position.
  fileprivate func moved(_ variable: Variable, from: Int, to: Int) throws -> Variable {
    guard from != to else { return variable }
    var permutation = Array(0..<variable.rank)
    permutation.remove(at: from)
    permutation.insert(from, at: to)
    return try variable.transposed(permutation)
  }
}
