extension Graph {
  /// The variables that meet a condition. Leaves come first, and variables in the bodies of loops last.
  ///
  /// - Complexity: O(variables + calls), if the condition examines only the variable.
  public func variables(where condition: (VariableView) throws -> Bool) rethrows -> [VariableView] {
    try GraphPlace(self).variables(where: condition)
  }

  /// The calls of the graph, followed by the calls in the bodies of loops.
  public var allCalls: [Call] { calls + loops.flatMap(\.scan.body.allCalls) }

  /// The calls of bricks of one type, in the order in which they began.
  public func calls(ofType brickType: Name) -> [Call] { allCalls.filter { $0.brickType == brickType } }

  /// The saved tensors, each once, in canonical order of their paths, also from the bodies of loops. If a tensor is used in
  /// several places, it has its roles from all of these places.
  ///
  /// - Complexity: O(variables + tensors log tensors).
  public var savedTensors: [(path: TensorPath, variable: Variable)] {
    var found: [TensorPath: Variable] = [:]
    collectSavedTensors(into: &found)
    // Variables are large, so sort only their keys.
    let keyed = found.indices.map { (key: found[$0].key.datasetPath, place: $0) }
    return keyed.sorted { $0.key < $1.key }.map { (found[$0.place].key, found[$0.place].value) }
  }

  /// The saved tensors that match a pattern, in canonical order of their paths.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if two of them have the same spelling, such as `/mlp/linear_0.W`, because the
  ///   spelling would be ambiguous.
  public func savedTensors(
    matching selector: Selector
  ) throws(GraphError) -> [(path: TensorPath, variable: Variable)] {
    let selected = savedTensors.filter { selector.matches($0.path) }
    var spellings: Set<Name> = []
    for (path, _) in selected {
      guard spellings.insert(path.spelling).inserted else {
        throw GraphError(
          .duplicate, "two tensors have the path \(path), and \(path.datasetPath) is one of them; rename one",
          brick: path.brick)
      }
    }
    return selected
  }

  private func collectSavedTensors(into found: inout [TensorPath: Variable]) {
    for variable in variables {
      guard case .tensor(let path) = variable.source else { continue }
      if let roles = found[path]?.roles {
        found[path]?.roles = RoleSet(roles.roles.filter(variable.roles.roles.contains))
      } else {
        found[path] = variable
      }
    }
    for (_, scan) in loops { scan.body.collectSavedTensors(into: &found) }
  }

  /// The ε of each population statistic's normalization. A stored standard deviation includes this ε.
  public var epsilons: [TensorPath: Double] {
    var epsilons: [TensorPath: Double] = [:]
    for normalization in allCalls.compactMap(\.normalization) {
      epsilons[normalization.populationMean] = normalization.epsilon
      if let path = normalization.populationStandardDeviation { epsilons[path] = normalization.epsilon }
    }
    return epsilons
  }

  /// The paths of the parameters, in canonical order.
  public var parameters: [TensorPath] { savedTensors.map(\.path).filter { $0.collection == .parameters } }

  /// The computed variables that are not outputs of the graph, and all computed variables in the bodies of loops.
  public var intermediaries: [VariableView] {
    let outputs = Set(outputs.map(\.variable))
    return variables { $0.source == nil && !($0.loops.isEmpty && outputs.contains($0.index)) }
  }

  /// The variables worth monitoring.
  public var auxiliaries: [VariableView] { variables { $0.role(refines: .auxiliary) } }
}
