/// The part of a graph that is needed to compute some variables.
struct EvaluationPlan {
  /// Whether each node is needed.
  let needed: [Bool]
  /// The variables whose values are kept until the end: the requested variables, and time steps that are checked.
  let kept: Set<Int>
  /// Whether each variable is kept or used by a needed node.
  let used: [Bool]

  /// The plan for some variables of a graph. It includes the time steps of normalizations in training mode, because they are
  /// checked.
  init(_ wanted: [Int], of graph: Graph, _ checks: [Int: TrainingCheck]) {
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    var kept = Set(wanted)
    var pending = wanted
    while !pending.isEmpty {
      var variables = Set(pending)
      pending = []
      for (index, node) in graph.nodes.enumerated().reversed()
      where !needed[index] && node.outputs.contains(where: variables.contains) {
        needed[index] = true
        variables.formUnion(node.inputs)
        pending += node.outputs.compactMap { checks[$0]?.normalization.step }
      }
      kept.formUnion(pending)
    }
    var used = [Bool](repeating: false, count: graph.variables.count)
    for variable in kept { used[variable] = true }
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      for input in node.inputs { used[input] = true }
    }
    self.needed = needed
    self.kept = kept
    self.used = used
  }
}
