extension Graph {
  /// The saved tensors that no output depends on, in canonical order. If a loop is used, all of its results count as used.
  ///
  /// - Complexity: O(variables + nodes), plus sorting.
  public var unusedTensors: [TensorPath] {
    let used = tensors(usedBy: outputs.map(\.variable))
    return savedTensors.map(\.path).filter { !used.contains($0) }
  }

  private func tensors(usedBy variables: [Int]) -> Set<TensorPath> {
    let producers = producers
    var used: Set<TensorPath> = []
    var visited: Set<Int> = []
    var pending = variables
    while let variable = pending.popLast() {
      guard visited.insert(variable).inserted else { continue }
      if case .tensor(let path) = self.variables[variable].source { used.insert(path) }
      guard let node = producers[variable] else { continue }
      pending += nodes[node].inputs
      guard case .scan(let scan) = nodes[node].operation else { continue }
      let results = scan.outputs + scan.states.map(\.output)
      used.formUnion(scan.body.tensors(usedBy: results.compactMap(scan.body.output(named:))))
    }
    return used
  }
}
