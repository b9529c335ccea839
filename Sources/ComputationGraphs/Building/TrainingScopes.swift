/// The nested scopes of a builder in which the normalizations of a brick, and of all bricks in it, are in training mode.
struct TrainingScopes {
  private var open: [(brick: Name, hasCalls: Bool)] = []
  /// The bricks of closed scopes in which neither the brick nor a brick in it was called.
  private(set) var withoutCalls: [Name] = []

  /// Opens a scope inside the open ones. The empty path stands for all bricks.
  mutating func open(_ brick: Name) { open.append((brick: brick, hasCalls: brick.isEmpty)) }

  /// Closes the innermost scope.
  mutating func close() {
    let scope = open.removeLast()
    if !scope.hasCalls { withoutCalls.append(scope.brick) }
  }

  /// Whether an open scope contains a brick.
  func contains(_ brick: Name) -> Bool {
    open.contains { $0.brick.isEmpty || BrickPath.path(brick, isWithin: $0.brick) }
  }

  /// Records that a brick was called in the open scopes that contain it.
  mutating func recordCall(of brick: Name) {
    for index in open.indices where BrickPath.path(brick, isWithin: open[index].brick) { open[index].hasCalls = true }
  }
}
