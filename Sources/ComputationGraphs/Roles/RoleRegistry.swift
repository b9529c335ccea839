import JSON

/// Roles by name: the built-in roles, and the roles that a file defines.
struct RoleRegistry {
  /// The limit of the tree's depth. Every role stores all its ancestors, so deeper trees are refused.
  private static let greatestDepth = 64
  private var roles: [Name: Role] = [:]

  /// - Throws: `GraphError` with code `.malformed` if a parent is unknown, definitions are circular, or a file defines a built-in
  ///   role again.
  init(definitions: [Name: Name]) throws(GraphError) {
    for role in Role.builtIn { roles[role.name] = role }
    for name in definitions.keys where roles[name] != nil {
      throw GraphError(.malformed, "the role \(name) is built in and cannot be defined again")
    }
    let children = Dictionary(grouping: definitions.keys.sorted()) { definitions[$0] ?? "" }
    var pending = Role.builtIn
    while let parent = pending.popLast() {
      for name in children[parent.name] ?? [] {
        let role = Role(name, refining: parent)
        guard role.lineage.count <= RoleRegistry.greatestDepth else {
          throw GraphError(.malformed, "the role \(name) is more than \(RoleRegistry.greatestDepth) levels deep")
        }
        roles[name] = role
        pending.append(role)
      }
    }
    let unknown = definitions.keys.filter { roles[$0] == nil }.sorted()
    guard unknown.isEmpty else {
      throw GraphError(
        .malformed, "the roles \(unknown.joined(separator: ", ")) have no parent that is built in or defined")
    }
  }

  /// Checks that each role has the same parent in a graph and in the bodies of its loops (schemas/GRAPH.md, G15). Other faults of
  /// the JSON are reported by other checks.
  ///
  /// - Throws: `GraphError` with code `.duplicate` that names the role.
  static func checkParents(in json: JSONValue) throws(GraphError) {
    var parents: [Name: Name] = [:]
    var pending = [json]
    while let graph = pending.popLast() {
      let roles: [Name: JSONValue]? = try? graph.optionalMember("roles") { try $0.members() }
      for (name, parent) in roles ?? [:] {
        guard let parent = try? parent.name() else { continue }
        if let other = parents.updateValue(parent, forKey: name), other != parent {
          let both = [other, parent].sorted().joined(separator: " and ")
          throw GraphError(.duplicate, "two roles are named \(name), below \(both); rename one")
        }
      }
      for node in (try? graph.list("nodes") { $0 }) ?? [] {
        if case .object(let attributes)? = try? node.member("attributes", { $0 }), let body = attributes["body"] {
          pending.append(body)
        }
      }
    }
  }

  /// - Throws: `GraphError` with code `.malformed` for a name without a definition.
  func role(named name: Name) throws(GraphError) -> Role {
    guard let role = roles[name] else {
      throw GraphError(.malformed, "the role \(name) is neither built in nor defined in the graph")
    }
    return role
  }

  /// The parents of the roles that are not built in, and of their ancestors.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if two different roles have the same name, because the name in a file would be
  ///   ambiguous.
  static func definitions(of roles: Set<Role>) throws(GraphError) -> [Name: Name] {
    var known: [Name: Role] = [:]
    for role in Role.builtIn { known[role.name] = role }
    var definitions: [Name: Name] = [:]
    for role in roles {
      var current = role
      while true {
        if let other = known.updateValue(current, forKey: current.name) {
          guard other == current else {
            let lineages = [other, current].map { $0.lineage.joined(separator: " > ") }.sorted()
            throw GraphError(
              .duplicate, "two roles are named \(role.name): \(lineages[0]) and \(lineages[1]); rename one")
          }
          break
        }
        guard let parent = current.parent else { break }
        definitions[current.name] = parent.name
        current = parent
      }
    }
    return definitions
  }
}
