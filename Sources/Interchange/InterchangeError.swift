/// An error about a file in another program's format.
public struct InterchangeError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// There is no such file.
    case notFound
    /// The file may not be read, or is not a regular file.
    case notReadable
    /// The file breaks the rules of its format.
    case malformed
    /// The file is well-formed, but contains something that this library does not read or write.
    case unsupported
    /// An archive has no member with the requested name.
    case noSuchMember
    /// A row or a number is out of range.
    case outOfRange
    /// The data do not fit the model.
    case unsuitable
    /// The file cannot be created at this path.
    case cannotCreate
    /// The operating system failed to read or write.
    case inputOutput
  }

  /// The kind of failure.
  public let code: Code
  /// The problem and the remedy, in a sentence without a final period.
  public let message: String
  /// The path of the file, with the member of an archive after a colon.
  public let path: String
  /// The error of a lower layer that led to this one.
  public let cause: (any Error)?

  /// Creates an error about a file, with its kind and message.
  public init(_ code: Code, _ message: String, path: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.cause = cause
  }

  /// The path and the message.
  public var description: String { "\(path): \(message)" }
}
