extension Graph {
  /// The same computation after substitutions, with its variables in canonical order: leaves first, then results in topological
  /// order. Apart from that, variables keep their order.
  ///
  /// Outputs, auxiliary variables, saved tensors, inputs, and all variables of calls are kept. Other unused nodes are removed.
  /// Substitutions also apply to substitutes: with {y: a, z: b}, a variable b that uses y uses a instead. If a variable is removed,
  /// its substitute gets its roles.
  ///
  /// - Parameters:
  ///   - originals: For some nodes, a substituted variable that the node still reads. This happens because a replacement that is
  ///     computed from a variable reads the variable itself. Such a variable stays the output of its call.
  ///   - isDispensable: Whether to remove a saved tensor that is not used.
  /// - Throws: `GraphError` with code `.malformed` if substitutions are circular.
  func canonical(
    substituting substitutions: [Int: Int], originals: [Int: Int] = [:],
    dropping isDispensable: (TensorPath) -> Bool = { _ in false }
  ) throws(GraphError) -> Graph {
    var resolver = try Resolver(graph: self, substitutions: substitutions, originals: originals)
    var roots = outputs.map(\.variable)
    roots += variables.indices.filter { variables[$0].roles.contains(refining: .auxiliary) }
    for call in calls { roots += call.references }
    for root in roots.sorted() { try resolver.visit(resolver.resolved(root)) }
    for (index, variable) in variables.enumerated() where variable.source != nil && !variable.isConstant {
      if case .tensor(let path) = variable.source, isDispensable(path) { continue }
      try resolver.visit(index)
    }
    return resolver.renumbered()
  }
}

extension Graph.Variable {
  /// Whether the variable is a constant leaf.
  var isConstant: Bool {
    if case .constant = source { true } else { false }
  }
}

extension Graph.Call {
  /// All variables that the call refers to.
  var references: [Int] {
    var references = inputs + outputs
    if let normalization { references += normalization.variables }
    return references
  }

  /// The call with its variables replaced.
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

/// Goes from the roots of the arena through the substitutions, without recursion, and collects all nodes that are reached.
private struct Resolver {
  let graph: Graph
  private let originals: [Int: Int]
  /// The final substitute of each variable.
  private var substitutes: [Int: Int] = [:]
  private let producers: [Int?]
  private var reachedLeaves: Set<Int> = []
  private var orderedNodes: [Int] = []
  private var state: [Mark]

  private enum Mark { case new, open, done }

  init(graph: Graph, substitutions: [Int: Int], originals: [Int: Int]) throws(GraphError) {
    self.graph = graph
    self.originals = originals
    producers = graph.producers
    state = [Mark](repeating: .new, count: graph.nodes.count)
    for variable in substitutions.keys.sorted() {
      var current = variable
      var passed: Set<Int> = []
      while let next = substitutions[current] {
        guard passed.insert(current).inserted else { throw circle(at: variable) }
        current = next
      }
      substitutes[variable] = current
    }
  }

  private func circle(at variable: Int) -> GraphError {
    let variable = graph.variables[variable]
    return GraphError(
      .malformed, "the replacement depends on the variable that it replaces",
      brick: variable.brick, application: variable.call.map { graph.calls[$0].application })
  }

  /// The substitute of a variable, or the variable itself.
  func resolved(_ variable: Int) -> Int { substitutes[variable] ?? variable }

  private func operands(of node: Int) -> [Int] {
    graph.nodes[node].inputs.map { originals[node] == $0 ? $0 : resolved($0) }
  }

  mutating func visit(_ root: Int) throws(GraphError) {
    var stack = [root]
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
        for input in operands(of: node).reversed() {
          if let producer = producers[input], state[producer] == .open { throw circle(at: input) }
          stack.append(input)
        }
      }
    }
  }

  /// The reached part of the graph, with new numbers.
  func renumbered() -> Graph {
    let kept = reachedLeaves.sorted() + orderedNodes.flatMap { graph.nodes[$0].outputs }
    var numbers: [Int: Int] = [:]
    for (number, variable) in kept.enumerated() { numbers[variable] = number }
    func map(_ variable: Int) -> Int {
      guard let number = numbers[variable] else { preconditionFailure("a named variable was not reached") }
      return number
    }
    var variables = kept.map { graph.variables[$0] }
    for (gone, substitute) in substitutes where numbers[gone] == nil {
      guard let number = numbers[substitute] else { continue }
      for role in graph.variables[gone].roles.roles { variables[number].roles.insert(role) }
    }
    let keptOriginals = Set(originals.values).intersection(kept)
    return Graph(
      inputs: graph.inputs.map { Graph.Port(name: $0.name, variable: map($0.variable)) },
      outputs: graph.outputs.map { Graph.Port(name: $0.name, variable: map(resolved($0.variable))) },
      variables: variables,
      nodes: orderedNodes.map { index in
        Graph.Node(
          operation: graph.nodes[index].operation, inputs: operands(of: index).map(map),
          outputs: graph.nodes[index].outputs.map(map))
      },
      calls: graph.calls.map { call in
        var mapped = call.mappingVariables { map(resolved($0)) }
        // A replaced variable stays the output of its call if the replacement is computed from it.
        mapped.outputs = call.outputs.map {
          map(keptOriginals.contains($0) && !call.inputs.contains($0) ? $0 : resolved($0))
        }
        return mapped
      })
  }
}
