/// Who computes and who uses each variable of a graph.
struct GraphUses {
  /// By variable, the node that computes it.
  let producers: [Int?]
  /// By variable, the nodes that use it, once for each operand.
  let consumers: [Int: [Int]]
  /// Variables that are worth keeping for themselves: outputs of the graph, and what is monitored.
  let observed: Set<Int>

  init(_ graph: Graph) {
    var consumers: [Int: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { consumers[input, default: []].append(index) }
    }
    producers = graph.producers
    self.consumers = consumers
    observed = Set(graph.outputs.map(\.variable))
      .union(graph.variables.indices.filter { graph.variables[$0].roles.contains(refining: .auxiliary) })
  }
}

extension Graph {
  /// How many operands of nodes each saved tensor is, in the bodies of loops too.
  var tensorUseCounts: [TensorPath: Int] {
    var counts: [TensorPath: Int] = [:]
    for node in nodes {
      for input in node.inputs {
        if case .tensor(let path) = variables[input].source { counts[path, default: 0] += 1 }
      }
      if case .scan(let scan) = node.operation { counts.merge(scan.body.tensorUseCounts, uniquingKeysWith: +) }
    }
    return counts
  }
}
