/// A variable of a graph or of the body of a loop, for use in queries.
@dynamicMemberLookup
public struct VariableView {
  let place: GraphPlace
  /// The index among the variables of the graph or body.
  public let index: Int

  /// The surrounding loops, outermost first; empty outside of loops. The number of a loop is the index of its node in the graph
  /// or body that contains the loop.
  public var loops: [Int] { place.loops }

  /// A property of the variable itself.
  public subscript<Value>(dynamicMember path: KeyPath<Graph.Variable, Value>) -> Value {
    place.graph.variables[index][keyPath: path]
  }

  /// The name; empty for a variable without a name.
  public var name: Name { self[dynamicMember: \.name] ?? "" }

  /// The roles of the variable, only the most specific ones.
  public var roles: RoleSet { self[dynamicMember: \.roles] }

  /// The path of the brick to which the variable belongs.
  public var brick: Name? { self[dynamicMember: \.brick] }

  /// The call that recorded the variable. Inside a loop, this may be a call that surrounds the loop.
  public var call: Graph.Call? {
    if let index = self[dynamicMember: \.call] { return place.graph.calls[index] }
    return self.source == nil ? place.surroundingCall : nil
  }

  /// The calls that recorded the variable or have it as an input or output.
  ///
  /// Each call has its brick, its application, its `id`, its mode and its metadata.
  public var calls: [Graph.Call] {
    let adjacent = (place.calls[index] ?? []).map { place.graph.calls[$0] }
    guard let call, !adjacent.contains(call) else { return adjacent }
    return [call] + adjacent
  }

  /// Whether the variable has the given role or a role below it.
  public func role(refines role: Role) -> Bool { self[dynamicMember: \.roles].contains(refining: role) }

  /// Whether the variable has at least one of the given roles.
  public func roles(refineAny roles: [Role]) -> Bool { roles.contains(where: role(refines:)) }

  /// Whether the variable has each of the given roles.
  public func roles(refineEach roles: [Role]) -> Bool { roles.allSatisfy(role(refines:)) }

  /// Whether the variable belongs to a brick of the given type, or is an input or output of an application of such a brick.
  public func brick(isType brickType: Name) -> Bool {
    brick.map { place.brickTypes[$0]?.contains(brickType) ?? false } ?? false
      || calls.contains { $0.brickType == brickType }
  }

  /// Whether the variable belongs to the brick with the given path, or is an input or output of its application.
  public func brick(isAt path: Name) -> Bool { brick == path || calls.contains { $0.brick == path } }

  /// Whether a pattern selects the variable by its brick and its name. A variable without a name is selected only with its brick.
  public func matches(_ selector: Selector) -> Bool {
    guard let brick else { return false }
    if case .tensor(let path) = self.source { return selector.matches(path) }
    return selector.matches(nil, brick: brick, name: name)
  }
}

extension VariableView: Hashable {
  /// Whether two views of one graph refer to the same variable. Views of different graphs must not be compared.
  public static func == (left: VariableView, right: VariableView) -> Bool {
    left.index == right.index && left.loops == right.loops
  }

  /// Hashes the index and the surrounding loops.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(index)
    hasher.combine(loops)
  }
}

/// A graph or the body of a loop, with the facts that queries need about all variables.
struct GraphPlace {
  /// The graph or body.
  let graph: Graph
  /// The surrounding loops, each as the index of its node.
  let loops: [Int]
  /// The call that recorded the surrounding loop.
  let surroundingCall: Graph.Call?
  /// The types of the bricks that are applied here or in surrounding graphs, by path.
  private(set) var brickTypes: [Name: Set<Name>]
  /// The calls that have each variable as an input or output, by variable.
  private(set) var calls: [Int: [Int]] = [:]

  /// A graph outside of loops.
  init(_ graph: Graph) { self.init(graph, loops: [], surroundingCall: nil, brickTypes: [:]) }

  private init(_ graph: Graph, loops: [Int], surroundingCall: Graph.Call?, brickTypes: [Name: Set<Name>]) {
    self.graph = graph
    self.loops = loops
    self.surroundingCall = surroundingCall
    self.brickTypes = brickTypes
    for (index, call) in graph.calls.enumerated() {
      if let type = call.brickType { self.brickTypes[call.brick, default: []].insert(type) }
      for variable in Set(call.inputs + call.outputs) { calls[variable, default: []].append(index) }
    }
  }

  /// The body of the loop at a node.
  func body(of scan: Scan, atNode node: Int) -> GraphPlace {
    let own = graph.nodes[node].outputs.first.flatMap { graph.variables[$0].call }.map { graph.calls[$0] }
    return GraphPlace(
      scan.body, loops: loops + [node], surroundingCall: own ?? surroundingCall, brickTypes: brickTypes)
  }

  /// The variables of this graph or body, leaves first.
  var variables: some RandomAccessCollection<VariableView> {
    graph.variables.indices.lazy.map { VariableView(place: self, index: $0) }
  }

  /// The variables of this graph or body that meet a condition, followed by such variables in the bodies of loops.
  func variables(where condition: (VariableView) throws -> Bool) rethrows -> [VariableView] {
    var found = try variables.filter(condition)
    for (node, scan) in graph.loops { found += try body(of: scan, atNode: node).variables(where: condition) }
    return found
  }
}
