extension Graph {
  /// The calls of bricks of one type, in the order in which they began.
  public func calls(of brick: any Brick.Type) -> [Call] { calls(ofType: Name(brick.typeName)) }
}

extension VariableView {
  /// Whether the variable belongs to a brick of the given type, or is an input or output of an application of such a brick.
  public func brick(is brick: any Brick.Type) -> Bool { self.brick(isType: Name(brick.typeName)) }
}
