/// Roles by name: the built-in ones and those that a file defines.
struct RoleRegistry {
  private var roles: [String: Role] = [:]

  /// - Throws: `GraphError` with code `.malformed` where a parent is unknown, definitions are circular, or a built-in role is
  ///   defined anew.
  init(definitions: [String: String]) throws(GraphError) {
    for role in Role.builtIn { roles[role.name] = role }
    for name in definitions.keys where roles[name] != nil {
      throw GraphError(.malformed, "the role \(name) is built in and cannot be defined anew")
    }
    var pending = definitions
    while !pending.isEmpty {
      let known = pending.filter { roles[$0.value] != nil }
      guard !known.isEmpty else {
        let names = pending.keys.sorted().joined(separator: ", ")
        throw GraphError(.malformed, "the roles \(names) have no parent that is built in or defined")
      }
      for (name, parent) in known {
        guard let parent = roles[parent] else { continue }
        roles[name] = Role(name, refining: parent)
        pending[name] = nil
      }
    }
  }

  /// - Throws: `GraphError` with code `.malformed` for a name that nobody defines.
  func role(named name: String) throws(GraphError) -> Role {
    guard let role = roles[name] else {
      throw GraphError(.malformed, "the role \(name) is neither built in nor defined in the graph")
    }
    return role
  }

  /// The parents of the roles that are not built in, with those above them.
  static func definitions(of roles: [Role]) -> [String: String] {
    let builtIn = Set(Role.builtIn)
    var definitions: [String: String] = [:]
    for role in Set(roles) {
      var current = role
      while !builtIn.contains(current), let parent = current.parent {
        definitions[current.name] = parent.name
        current = parent
      }
    }
    return definitions
  }
}
