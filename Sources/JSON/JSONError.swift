/// An error in a JSON text, or an error about a JSON value of an unexpected kind.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The keys and indices that lead to the wrong value, then the problem: `tensors[3]: shape: a value is text, not a list`.
  public let message: String

  /// Creates an error with its message.
  public init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

/// An error that can name the keys and indices that lead to the wrong part of a JSON value.
///
/// `JSONValue.member(_:_:)` and `JSONValue.list(_:)` put the key or the index in front of the message of this error.
public protocol JSONLocatable: Error {
  /// The message.
  var message: String { get }
  /// The same error with another message.
  func replacingMessage(_ message: String) -> Self
}

extension JSONError: JSONLocatable {
  /// The same error with another message.
  public func replacingMessage(_ message: String) -> JSONError { JSONError(message) }
}

extension JSONLocatable {
  /// The same error, with the key of the wrong value in front of the message.
  func inside(key: String) -> Self {
    replacingMessage("\(key)\(message.hasPrefix("[") ? "" : ": ")\(message)")
  }

  /// The same error, with the index of the wrong element in front of the message.
  func inside(index: Int) -> Self { replacingMessage("[\(index)]: \(message)") }
}
