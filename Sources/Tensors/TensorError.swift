/// An error of a tensor operation.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// The extents are not valid for an array.
    case invalidShape
    /// The shapes of operands do not fit together.
    case shapeMismatch
    /// The scalar type of operands or bytes is not suitable.
    case typeMismatch
    /// An axis or an index is outside its range.
    case outOfRange
    /// A value cannot be represented in the requested type.
    case notRepresentable
  }

  /// The kind of failure.
  public let code: Code
  /// The problem and its operand, in a sentence without a final period.
  public let message: String

  /// Creates an error with its kind and message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
