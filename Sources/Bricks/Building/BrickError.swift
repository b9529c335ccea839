/// An error of configuring or applying bricks.
public struct BrickError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A configuration that contradicts itself or its input.
    case invalidConfiguration
    /// A brick applied another brick that is not its child.
    case notAChild
    /// A type that the registry does not know.
    case unknownType
  }

  /// The kind of failure.
  public let code: Code
  /// The problem, without the brick and the application.
  public let message: String
  /// The path of the brick.
  public let brick: Name?
  /// The application of the brick in which the error happened, such as `apply`.
  public let application: Name?

  /// Creates an error with its kind, message, brick and application.
  public init(_ code: Code, _ message: String, brick: Name? = nil, application: Name? = nil) {
    self.code = code
    self.message = message
    self.brick = brick
    self.application = application
  }

  /// Adds a brick and an application to the error. If the error already names one of them, it keeps that name.
  func located(brick: Name?, application: Name?) -> BrickError {
    guard self.brick == nil || self.brick == brick, self.application == nil else { return self }
    return BrickError(code, message, brick: brick, application: application)
  }

  /// The brick and the application, then the message.
  public var description: String {
    guard let brick else { return message }
    return application.map { "\(brick).\($0): \(message)" } ?? "\(brick): \(message)"
  }
}
