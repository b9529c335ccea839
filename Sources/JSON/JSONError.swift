/// A JSON text or value that is not as its reader needs it.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, after the place within the value: `tensors[3]: shape: a value is text, not a list`.
  public let message: String

  /// An error with its message.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

/// An error that can say where in a JSON value it happened. Errors of readers that are built on `JSONValue.member(_:_:)` and
/// `JSONValue.list(_:)` adopt it, so that their messages name the key and the index.
public protocol JSONLocatable: Error {
  /// The message without the place.
  var message: String { get }
  /// The same error with another message.
  func replacingMessage(_ message: String) -> Self
}

extension JSONError: JSONLocatable {
  /// The same error with another message.
  public func replacingMessage(_ message: String) -> JSONError { JSONError(message) }
}

extension JSONLocatable {
  /// The same error as one of the value of a key.
  func inside(key: String) -> Self {
    replacingMessage("\(key)\(message.hasPrefix("[") ? "" : ": ")\(message)")
  }

  /// The same error as one of an element of a list.
  func inside(index: Int) -> Self { replacingMessage("[\(index)]: \(message)") }
}
