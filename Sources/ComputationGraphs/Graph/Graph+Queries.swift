extension Graph {
  /// The variables that a condition holds for, leaves first, then those in the bodies of loops.
  ///
  /// - Complexity: O(variables).
  public func variables(where condition: (VariableView) throws -> Bool) rethrows -> [VariableView] {
    try variables.indices.lazy.map { VariableView(graph: self, index: $0) }.filter(condition)
      + loops.flatMap { try $0.scan.body.variables(where: condition) }
  }

  /// The calls of the graph, then those in the bodies of loops.
  public var allCalls: [Call] { calls + loops.flatMap(\.scan.body.allCalls) }

  /// The calls of bricks of one type, in the order in which they began.
  public func calls(ofType brickType: String) -> [Call] { allCalls.filter { $0.brickType == brickType } }

  /// The saved tensors, those in the bodies of loops too, each once, in canonical order of their paths.
  public var savedTensors: [(path: TensorPath, variable: Variable)] {
    var found: [TensorPath: Variable] = [:]
    collectSavedTensors(into: &found)
    return found.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  private func collectSavedTensors(into found: inout [TensorPath: Variable]) {
    for variable in variables {
      if case .tensor(let path) = variable.source, found[path] == nil { found[path] = variable }
    }
    for (_, scan) in loops { scan.body.collectSavedTensors(into: &found) }
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

/// A variable of a graph, as filters look at it.
@dynamicMemberLookup
public struct VariableView {
  let graph: Graph
  /// The index in the graph's variables.
  public let index: Int

  /// The variable's own facts.
  public subscript<Value>(dynamicMember path: KeyPath<Graph.Variable, Value>) -> Value {
    graph.variables[index][keyPath: path]
  }

  /// The name; empty where nobody gave one.
  public var name: String { graph.variables[index].name ?? "" }

  /// The call that the variable arose in.
  public var call: Graph.Call? { graph.variables[index].call.map { graph.calls[$0] } }

  /// Whether one of the variable's roles is the given one or lies below it.
  public func role(refines role: Role) -> Bool { graph.variables[index].roles.contains(refining: role) }

  /// Whether every given role is met.
  public func roles(refineEach roles: [Role]) -> Bool { roles.allSatisfy(role(refines:)) }

  /// Whether the variable belongs to a brick of a type, or is an input or output of one's application.
  public func brick(isType brickType: String) -> Bool {
    graph.calls.contains { call in
      call.brickType == brickType
        && (call.brick == graph.variables[index].brick || call.inputs.contains(index) || call.outputs.contains(index))
    }
  }

  /// Whether the variable belongs to the brick of a path, or is an input or output of its application.
  public func brick(isAt path: String) -> Bool {
    graph.variables[index].brick == path
      || graph.calls.contains { $0.brick == path && ($0.inputs.contains(index) || $0.outputs.contains(index)) }
  }
}
