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

extension GraphUses {
  /// Whether each of the variables has exactly one use.
  func areSingle(_ variables: [Int]) -> Bool {
    variables.allSatisfy { consumers[$0]?.count == 1 && !observed.contains($0) }
  }

  /// The reason why the linear map before a variable is not a single map, as the end of a sentence about the normalization after it;
  /// nil if there is no linear map before the variable.
  ///
  /// Maps with rearranged or joined results are found, but not folded.
  func partialMap(before variable: Int, in graph: Graph) -> String? {
    var pending = [variable]
    var seen: Set<Int> = []
    var maps: [Int] = []
    while let current = pending.popLast() {
      guard seen.insert(current).inserted, let index = producers[current] else { continue }
      let node = graph.nodes[index]
      switch node.operation {
      case .matrixProduct, .spatial(.convolution): maps.append(index)
      case .layout, .expandDimensions, .binary(.add): pending += node.inputs
      default: continue
      }
    }
    let weights = Set(maps.map { graph.nodes[$0].inputs[1] })
    guard let leaf = weights.first, weights.count == 1, case .tensor(let path) = graph.variables[leaf].source else {
      return nil
    }
    return maps.count == 1
      ? "the result of the map with the weights \(path) is rearranged before it, which is not supported"
      : "the convolution before it is computed in \(maps.count) slices with the weights \(path), which is not supported"
  }
}

extension Graph {
  /// The path of the saved tensor that a leaf holds.
  ///
  /// - Throws: `GraphError` with code `.malformed` if the variable is not such a leaf.
  func path(ofLeaf leaf: Int) throws(GraphError) -> TensorPath {
    guard case .tensor(let path) = variables[leaf].source else {
      throw GraphError(.malformed, "variable \(leaf) is not a saved tensor")
    }
    return path
  }

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
