/// The roles of one variable, only the most specific ones.
///
/// Adding a role removes its ancestors. Adding an ancestor of a role in the set has no effect.
public struct RoleSet: Hashable, Sendable {
  /// The roles in order of their names.
  public private(set) var roles: [Role] = []

  /// Creates a set of roles.
  public init(_ roles: [Role] = []) {
    for role in roles { insert(role) }
  }

  /// Adds a role.
  public mutating func insert(_ role: Role) {
    guard !contains(refining: role) else { return }
    roles.removeAll { role.refines($0) }
    let position = roles.firstIndex { $0.name > role.name } ?? roles.endIndex
    roles.insert(role, at: position)
  }

  /// Whether the set contains the given role or a role below it.
  public func contains(refining role: Role) -> Bool {
    roles.contains { $0.refines(role) }
  }
}

extension RoleSet: ExpressibleByArrayLiteral {
  /// Creates a set of roles from a literal.
  public init(arrayLiteral elements: Role...) { self.init(elements) }
}
