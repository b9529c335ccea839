/// Applies bricks one after another.
public struct Sequential: Brick {
  /// `Sequence`, the name in Blocks. In Swift, a protocol of the standard library already has this name.
  public static let typeName = "Sequence"
  /// The name among its siblings.
  public var name: String
  /// The bricks, the first applied first.
  public var bricks: [AnyBrick]

  /// Creates a sequence. Its bricks must have different names.
  public init(_ bricks: [any Brick], name: String = "sequence") {
    self.name = name
    self.bricks = bricks.map(AnyBrick.init)
  }

  /// Records each brick on the output of the brick before.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try scope.apply(bricks.map(\.brick), to: input)
  }
}
