/// What went wrong with a file of another library.
public struct InterchangeError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// There is no such file.
    case notFound
    /// The file may not be read, or is no regular file.
    case notReadable
    /// The file breaks the rules of its format.
    case malformed
    /// The file is well-formed but holds what this library does not read or write.
    case unsupported
    /// An archive has no member of the name asked for.
    case noSuchMember
    /// A range of rows that the array does not have, or a number in it that cannot be.
    case outOfRange
    /// Data that do not fit the model that is to be fed with them.
    case unsuitable
    /// The file cannot be created where it is wanted.
    case cannotCreate
    /// The operating system failed to read or write.
    case inputOutput
  }

  /// The kind of failure.
  public let code: Code
  /// What is wrong and what to do about it, in a sentence without a final period.
  public let message: String
  /// The file, with the member of an archive after a colon.
  public let path: String
  /// The error of a lower layer that led to this one.
  public let cause: (any Error)?

  /// An error of a kind about a file.
  public init(_ code: Code, _ message: String, path: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.cause = cause
  }

  /// The path and the message.
  public var description: String { "\(path): \(message)" }
}
