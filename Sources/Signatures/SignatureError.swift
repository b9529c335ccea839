/// An error of a key or a signature: the file, the fault, and the remedy.
public struct SignatureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// The file holds no key that can be used.
    case unsuitableKey
    /// The file is not a signature, or is a signature in a form that is not supported.
    case malformed
    /// The system or the library failed.
    case failed
  }

  /// The kind of failure.
  public let code: Code
  /// The problem and the remedy, without a final period.
  public let message: String
  /// The name of the file, as the caller gave it.
  public let file: String

  init(_ code: Code, _ message: String, file: String) {
    self.code = code
    self.message = message
    self.file = file
  }

  /// The file and the message.
  public var description: String { "\(file): \(message)" }
}
