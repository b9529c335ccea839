/// What went wrong in a tensor operation.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// Extents that no array can have.
    case invalidShape
    /// Operands whose shapes do not fit together.
    case shapeMismatch
    /// Operands or bytes of an unsuitable scalar type.
    case typeMismatch
    /// An axis or an index outside its range.
    case outOfRange
    /// A value that cannot be represented where it is wanted.
    case notRepresentable
    /// The numerical library refused a call.
    case libraryFailure
  }

  /// The kind of failure.
  public let code: Code
  /// What happened to which operand, in a sentence without a final period.
  public let message: String

  /// An error of a kind, with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
