/// A stored brick of any type. Two values are equal if their bricks are equal. The encoded form contains the type's name, so that a
/// registry can create the brick again.
public struct AnyBrick: Sendable {
  /// The brick.
  public let brick: any Brick

  /// Wraps a brick of any type.
  public init(_ brick: any Brick) { self.brick = brick }
}

extension AnyBrick: Equatable {
  /// Whether type and configuration are equal.
  public static func == (left: AnyBrick, right: AnyBrick) -> Bool { left.brick.isEqual(to: right.brick) }
}

extension AnyBrick: Codable {
  private enum Keys: String, CodingKey { case type, configuration }

  /// Creates the brick with the registry in `userInfo[.brickRegistry]`. Without this entry, it uses the standard registry.
  ///
  /// - Throws: `BrickError` with code `.unknownType` if the registry does not know the type.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let registry = CodingUserInfoKey.brickRegistry.flatMap { decoder.userInfo[$0] } as? BrickRegistry ?? .standard
    let type = try registry.type(named: container.decode(Name.self, forKey: .type))
    brick = try type.init(from: container.superDecoder(forKey: .configuration))
  }

  /// Writes the type name and the configuration.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(type(of: brick).typeName, forKey: .type)
    try brick.encode(to: container.superEncoder(forKey: .configuration))
  }
}
