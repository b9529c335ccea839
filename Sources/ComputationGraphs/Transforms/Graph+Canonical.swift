extension Graph {
  /// The same computation with some variables standing for others, in canonical numbering: leaves first, then results in
  /// topological order, both in the order of this arena as far as possible.
  ///
  /// Outputs, auxiliary variables, saved tensors, inputs, and whatever a call refers to stay; other dead nodes go.
  /// Substitutions compose: with {y: a, z: b}, a b that uses y uses a instead.
  ///
  /// - Parameter isDispensable: Which saved tensors go where nothing uses them.
  /// - Throws: `GraphError` with code `.malformed` where substitutions are circular.
  func canonical(
    substituting substitutions: [Int: Int], dropping isDispensable: (TensorPath) -> Bool = { _ in false }
  ) throws(GraphError) -> Graph {
    var resolver = Resolver(graph: self, substitutions: substitutions)
    var roots = outputs.map(\.variable)
    roots += variables.indices.filter { index in
      switch variables[index].source {
      case .tensor(let path): !isDispensable(path)
      case .input: true
      case .constant, nil: false
      }
    }
    roots += variables.indices.filter { variables[$0].roles.contains(refining: .auxiliary) }
    for call in calls { roots += call.references }
    for root in roots.sorted() { try resolver.visit(root) }
    return resolver.renumbered()
  }
}

extension Graph.Call {
  /// Every variable that the call names.
  var references: [Int] {
    var references = inputs + outputs
    if let normalization { references += normalization.variables }
    return references
  }

  /// The call with other variables in the place of those it names.
  func mappingVariables(_ map: (Int) -> Int) -> Graph.Call {
    var call = self
    call.inputs = inputs.map(map)
    call.outputs = outputs.map(map)
    if var mapped = normalization {
      mapped.input = map(mapped.input)
      mapped.offset = map(mapped.offset)
      mapped.divisor = mapped.divisor.map(map)
      mapped.mask = mapped.mask.map(map)
      mapped.step = mapped.step.map(map)
      call.normalization = mapped
    }
    return call
  }
}

/// Walks the arena from its roots through the substitutions, without recursion, and collects what is reached.
private struct Resolver {
  let graph: Graph
  let substitutions: [Int: Int]
  private let producers: [Int?]
  private var reachedLeaves: Set<Int> = []
  private var orderedNodes: [Int] = []
  private var state: [Mark]

  private enum Mark { case new, open, done }

  init(graph: Graph, substitutions: [Int: Int]) {
    self.graph = graph
    self.substitutions = substitutions
    var producers = [Int?](repeating: nil, count: graph.variables.count)
    for (node, output) in graph.nodes.enumerated().flatMap({ index, node in node.outputs.map { (index, $0) } }) {
      producers[output] = node
    }
    self.producers = producers
    state = [Mark](repeating: .new, count: graph.nodes.count)
  }

  /// What stands for a variable outside its own replacement.
  func resolved(_ variable: Int) -> Int {
    var current = variable
    var passed: Set<Int> = []
    while let next = substitutions[current], passed.insert(current).inserted { current = next }
    return current
  }

  mutating func visit(_ root: Int) throws(GraphError) {
    var stack = [resolved(root)]
    while let variable = stack.last {
      guard let node = producers[variable] else {
        reachedLeaves.insert(variable)
        stack.removeLast()
        continue
      }
      switch state[node] {
      case .done: stack.removeLast()
      case .open:
        state[node] = .done
        orderedNodes.append(node)
        stack.removeLast()
      case .new:
        state[node] = .open
        for input in graph.nodes[node].inputs.map(resolved).reversed() {
          if let producer = producers[input], state[producer] == .open {
            throw GraphError(.malformed, "a replacement depends on what it replaces in a circle")
          }
          stack.append(input)
        }
      }
    }
  }

  /// The reached part with new numbers.
  func renumbered() -> Graph {
    let kept = reachedLeaves.sorted() + orderedNodes.flatMap { graph.nodes[$0].outputs }
    var numbers: [Int: Int] = [:]
    for (number, variable) in kept.enumerated() { numbers[variable] = number }
    func map(_ variable: Int) -> Int {
      guard let number = numbers[resolved(variable)] else { preconditionFailure("a named variable was not reached") }
      return number
    }
    return Graph(
      inputs: graph.inputs.map { Graph.Port(name: $0.name, variable: map($0.variable)) },
      outputs: graph.outputs.map { Graph.Port(name: $0.name, variable: map($0.variable)) },
      variables: kept.map { graph.variables[$0] },
      nodes: orderedNodes.map { index in
        let node = graph.nodes[index]
        return Graph.Node(
          operation: node.operation, inputs: node.inputs.map(map), outputs: node.outputs.compactMap { numbers[$0] })
      },
      calls: graph.calls.map { $0.mappingVariables(map) })
  }
}
