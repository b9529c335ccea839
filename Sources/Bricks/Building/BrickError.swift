/// What went wrong in configuring or applying bricks.
public struct BrickError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A configuration that contradicts itself or its input.
    case invalidConfiguration
    /// A brick applied that is no child of the one that applies it.
    case notAChild
    /// A type that the registry does not know.
    case unknownType
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, without the place.
  public let message: String
  /// The path of the brick.
  public let brick: String?

  /// An error of a kind, with its message and place.
  public init(_ code: Code, _ message: String, brick: String? = nil) {
    self.code = code
    self.message = message
    self.brick = brick
  }

  /// The place, then the message.
  public var description: String { brick.map { "\($0): \(message)" } ?? message }
}
