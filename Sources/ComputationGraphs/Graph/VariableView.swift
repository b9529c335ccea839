/// A variable of a graph or of a loop's body, as filters look at it.
@dynamicMemberLookup
public struct VariableView {
  let place: GraphPlace
  /// The index in the variables of the graph, or of the body.
  public let index: Int

  /// The loops around, outermost first, each by its node in the graph or body that it belongs to; empty outside of loops.
  public var loops: [Int] { place.loops }

  /// The variable's own facts.
  public subscript<Value>(dynamicMember path: KeyPath<Graph.Variable, Value>) -> Value {
    place.graph.variables[index][keyPath: path]
  }

  /// The name; empty where nobody gave one.
  public var name: Name { self[dynamicMember: \.name] ?? "" }

  /// What the variable is for, most specific roles only.
  public var roles: RoleSet { self[dynamicMember: \.roles] }

  /// The path of the brick that the variable belongs to.
  public var brick: Name? { self[dynamicMember: \.brick] }

  /// The call that the variable arose in; inside a loop perhaps one that surrounds the loop.
  public var call: Graph.Call? {
    if let index = self[dynamicMember: \.call] { return place.graph.calls[index] }
    return self.source == nil ? place.surroundingCall : nil
  }

  /// The calls that the variable arose in, or is an input or output of.
  ///
  /// What a call is known by can be asked of each: its brick, its application, its `id`, its mode, its metadata.
  public var calls: [Graph.Call] {
    let adjacent = (place.calls[index] ?? []).map { place.graph.calls[$0] }
    guard let call, !adjacent.contains(call) else { return adjacent }
    return [call] + adjacent
  }

  /// Whether one of the variable's roles is the given one or lies below it.
  public func role(refines role: Role) -> Bool { self[dynamicMember: \.roles].contains(refining: role) }

  /// Whether at least one of the given roles is met.
  public func roles(refineAny roles: [Role]) -> Bool { roles.contains(where: role(refines:)) }

  /// Whether every given role is met.
  public func roles(refineEach roles: [Role]) -> Bool { roles.allSatisfy(role(refines:)) }

  /// Whether the variable belongs to a brick of a type, or is an input or output of one's application.
  public func brick(isType brickType: Name) -> Bool {
    brick.map { place.brickTypes[$0]?.contains(brickType) ?? false } ?? false
      || calls.contains { $0.brickType == brickType }
  }

  /// Whether the variable belongs to the brick of a path, or is an input or output of its application.
  public func brick(isAt path: Name) -> Bool { brick == path || calls.contains { $0.brick == path } }

  /// Whether a pattern selects the variable by its brick and its name. A variable without a name is selected with its brick only.
  public func matches(_ selector: Selector) -> Bool {
    guard let brick else { return false }
    if case .tensor(let path) = self.source { return selector.matches(path) }
    return selector.matches(nil, brick: brick, name: name)
  }
}

extension VariableView: Hashable {
  /// Whether two views of one graph see the same variable; views of different graphs have no business with one another.
  public static func == (left: VariableView, right: VariableView) -> Bool {
    left.index == right.index && left.loops == right.loops
  }

  /// Hashes the place.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(index)
    hasher.combine(loops)
  }
}

/// A graph, or the body of a loop in it, with what queries ask of all its variables.
struct GraphPlace {
  /// The graph or body.
  let graph: Graph
  /// The loops around, each by its node.
  let loops: [Int]
  /// The call that the loop around was recorded in.
  let surroundingCall: Graph.Call?
  /// The types of the bricks that are applied here or around, by path.
  private(set) var brickTypes: [Name: Set<Name>]
  /// By variable, the calls whose input or output it is.
  private(set) var calls: [Int: [Int]] = [:]

  /// A graph, outside of loops.
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

  /// The body of the loop of a node.
  func body(of scan: Scan, atNode node: Int) -> GraphPlace {
    let own = graph.nodes[node].outputs.first.flatMap { graph.variables[$0].call }.map { graph.calls[$0] }
    return GraphPlace(
      scan.body, loops: loops + [node], surroundingCall: own ?? surroundingCall, brickTypes: brickTypes)
  }

  /// The variables here, leaves first.
  var variables: some RandomAccessCollection<VariableView> {
    graph.variables.indices.lazy.map { VariableView(place: self, index: $0) }
  }

  /// The variables here that a condition holds for, then those in the bodies of loops.
  func variables(where condition: (VariableView) throws -> Bool) rethrows -> [VariableView] {
    var found = try variables.filter(condition)
    for (node, scan) in graph.loops { found += try body(of: scan, atNode: node).variables(where: condition) }
    return found
  }
}
