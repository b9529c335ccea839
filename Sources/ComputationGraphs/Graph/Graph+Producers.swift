extension Graph {
  /// The node that computes each variable, by variable; nil for a leaf.
  ///
  /// - Complexity: O(variables + nodes).
  var producers: [Int?] {
    var producers = [Int?](repeating: nil, count: variables.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { producers[output] = index }
    }
    return producers
  }
}
