/// The producer and the consumers of each variable of a graph.
struct GraphUses {
  /// The node that computes each variable, by variable.
  let producers: [Int?]
  /// The nodes that use each variable, by variable, once for each operand.
  let consumers: [Int: [Int]]
  /// The variables that must be kept: outputs of the graph, and variables that are monitored.
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
  /// For each saved tensor, the number of its uses as an operand. Uses in the bodies of loops count, too.
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
