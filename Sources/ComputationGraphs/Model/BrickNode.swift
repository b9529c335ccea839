import JSON

/// A brick as data: its type, name, configuration and children. The document `/model/bricks` of a checkpoint holds such nodes.
public struct BrickNode: Hashable, Sendable, Codable {
  /// The name of the type, such as `Linear`.
  public var type: Name
  /// The name within the parent, such as `linear_0`.
  public var name: Name
  /// The settings from which the brick's own code can create the brick again. They are empty if an ancestor's configuration
  /// determines them.
  public var configuration: [Name: JSONValue]
  /// The child bricks in the brick's own order.
  public var children: [BrickNode]

  /// Creates a node with its type, name, configuration and children.
  public init(type: Name, name: Name, configuration: [Name: JSONValue] = [:], children: [BrickNode] = []) {
    self.type = type
    self.name = name
    self.configuration = configuration
    self.children = children
  }

  /// Reads a node and its descendants.
  ///
  /// - Throws: `GraphError` with code `.malformed` that names the key that is missing or has a value of the wrong kind.
  public init(json: JSONValue) throws {
    type = Name(try json.nonEmptyText("type"))
    name = try json.name("name")
    configuration = try json.member("configuration") { try $0.members() }
    children = try json.list("children", BrickNode.init)
  }

  /// The node and its descendants as JSON.
  public var json: JSONValue {
    [
      "type": .name(type), "name": .name(name), "configuration": .object(configuration),
      "children": .list(children.map(\.json)),
    ]
  }

  /// Checks the names of the node and of its descendants.
  ///
  /// - Throws: `GraphError` with code `.invalidName`, or `.duplicate` for siblings with the same name.
  public func validate(within parent: Name = "") throws(GraphError) {
    do {
      try BrickPath.check(component: name)
    } catch {
      throw error.located(brick: parent.isEmpty ? "/" : parent, application: nil)
    }
    try BrickNode.validate(children, within: "\(parent)/\(name)")
  }

  /// Checks siblings and their descendants.
  ///
  /// - Throws: The errors of `validate(within:)`.
  public static func validate(_ siblings: [BrickNode], within parent: Name = "") throws(GraphError) {
    var names: Set<Name> = []
    for node in siblings {
      try node.validate(within: parent)
      guard names.insert(node.name).inserted else {
        throw GraphError(
          .duplicate, "two bricks are named \"\(node.name)\"; rename one of them",
          brick: parent.isEmpty ? "/" : parent)
      }
    }
  }
}

extension Model {
  /// The bricks that a pattern selects, with their paths. Each brick comes before its descendants.
  ///
  /// - Complexity: O(bricks · length of pattern and path).
  public func bricks(matching selector: Selector) -> [(path: Name, brick: BrickNode)] {
    var found: [(path: Name, brick: BrickNode)] = []
    var pending = bricks.reversed().map { (path: "/\($0.name)" as Name, brick: $0) }
    while let (path, brick) = pending.popLast() {
      if selector.matches(brick: path) { found.append((path, brick)) }
      pending += brick.children.reversed().map { ("\(path)/\($0.name)", $0) }
    }
    return found
  }
}
