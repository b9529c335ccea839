extension Graph {
  /// The variables that a condition holds for, leaves first, then those in the bodies of loops.
  ///
  /// - Complexity: O(variables + calls), where the condition looks at no more than the variable.
  public func variables(where condition: (VariableView) throws -> Bool) rethrows -> [VariableView] {
    let neighbourhood = Neighbourhood(self)
    return try variables.indices.lazy
      .map { VariableView(graph: self, neighbourhood: neighbourhood, index: $0) }.filter(condition)
      + loops.flatMap { try $0.scan.body.variables(where: condition) }
  }

  /// The calls of the graph, then those in the bodies of loops.
  public var allCalls: [Call] { calls + loops.flatMap(\.scan.body.allCalls) }

  /// The calls of bricks of one type, in the order in which they began.
  public func calls(ofType brickType: String) -> [Call] { allCalls.filter { $0.brickType == brickType } }

  /// The saved tensors, those in the bodies of loops too, each once, in canonical order of their paths.
  ///
  /// - Complexity: O(variables + tensors log tensors).
  public var savedTensors: [(path: TensorPath, variable: Variable)] {
    var found: [TensorPath: Variable] = [:]
    collectSavedTensors(into: &found)
    let keyed = found.map { (key: $0.key.datasetPath, path: $0.key, variable: $0.value) }
    return keyed.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.path, $0.variable) }
  }

  /// The saved tensors that a pattern selects, in canonical order of their paths.
  ///
  /// - Throws: `GraphError` with code `.duplicate` where two of them read the same, `/mlp/linear_0.W`, so that nobody could tell
  ///   them apart by it.
  public func savedTensors(
    matching selector: Selector
  ) throws(GraphError) -> [(path: TensorPath, variable: Variable)] {
    let selected = savedTensors.filter { selector.matches($0.path) }
    var spellings: Set<String> = []
    for (path, _) in selected {
      guard spellings.insert(path.description).inserted else {
        throw GraphError(
          .duplicate, "two tensors are \(path), \(path.datasetPath) one of them; rename one", brick: path.brick)
      }
    }
    return selected
  }

  private func collectSavedTensors(into found: inout [TensorPath: Variable]) {
    for variable in variables {
      if case .tensor(let path) = variable.source, found[path] == nil { found[path] = variable }
    }
    for (_, scan) in loops { scan.body.collectSavedTensors(into: &found) }
  }

  /// The ε of the normalization that each population statistic belongs to: it is inside the stored number.
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

  /// Variables that are neither leaves nor outputs.
  public var intermediaries: [VariableView] {
    let outputs = Set(outputs.map(\.variable))
    return variables { $0.source == nil && !outputs.contains($0.index) }
  }

  /// Variables worth monitoring.
  public var auxiliaries: [VariableView] { variables { $0.role(refines: .auxiliary) } }
}

/// The calls by brick and by variable, so that a query need not search all of them for every variable.
struct Neighbourhood {
  /// The types of the brick of a path.
  private(set) var brickTypes: [String: Set<String>] = [:]
  /// By variable, the calls whose input or output it is.
  private(set) var calls: [Int: [Int]] = [:]

  init(_ graph: Graph) {
    for (index, call) in graph.calls.enumerated() {
      if let type = call.brickType { brickTypes[call.brick, default: []].insert(type) }
      for variable in Set(call.inputs + call.outputs) { calls[variable, default: []].append(index) }
    }
  }
}

/// A variable of a graph, as filters look at it.
@dynamicMemberLookup
public struct VariableView {
  let graph: Graph
  let neighbourhood: Neighbourhood
  /// The index in the graph's variables.
  public let index: Int

  /// The variable's own facts.
  public subscript<Value>(dynamicMember path: KeyPath<Graph.Variable, Value>) -> Value {
    graph.variables[index][keyPath: path]
  }

  /// The name; empty where nobody gave one.
  public var name: String { graph.variables[index].name ?? "" }

  /// The path of the brick that the variable belongs to.
  public var brick: String? { graph.variables[index].brick }

  /// The call that the variable arose in.
  public var call: Graph.Call? { graph.variables[index].call.map { graph.calls[$0] } }

  /// Whether a pattern selects the variable by its brick and its name. A variable without a name is selected with its brick only.
  public func matches(_ selector: Selector) -> Bool {
    guard let brick else { return false }
    if case .tensor(let path) = self.source { return selector.matches(path) }
    return selector.matches(nil, brick: brick, name: name)
  }

  /// Whether one of the variable's roles is the given one or lies below it.
  public func role(refines role: Role) -> Bool { graph.variables[index].roles.contains(refining: role) }

  /// Whether every given role is met.
  public func roles(refineEach roles: [Role]) -> Bool { roles.allSatisfy(role(refines:)) }

  /// Whether the variable belongs to a brick of a type, or is an input or output of one's application.
  public func brick(isType brickType: String) -> Bool {
    brick.map { neighbourhood.brickTypes[$0]?.contains(brickType) ?? false } ?? false
      || adjacentCalls.contains { $0.brickType == brickType }
  }

  /// Whether the variable belongs to the brick of a path, or is an input or output of its application.
  public func brick(isAt path: String) -> Bool {
    brick == path || adjacentCalls.contains { $0.brick == path }
  }

  private var adjacentCalls: some Sequence<Graph.Call> {
    (neighbourhood.calls[index] ?? []).lazy.map { graph.calls[$0] }
  }
}
