import Names
import Platform

/// An error of a model in another framework's format.
public struct ModelFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of errors.
  public enum Code: Hashable, Sendable {
    /// The file does not exist or cannot be opened.
    case notReadable
    /// The file breaks the rules of its format.
    case malformed
    /// The file uses something that this version does not support, such as a layer or an operator.
    case unsupported
    /// The file lacks information. An option has to provide it.
    case incomplete
    /// The format cannot hold the model.
    case notRepresentable
    /// Reading or writing failed.
    case inputOutput
  }

  /// The kind of the error.
  public let code: Code
  /// The file.
  public let path: String
  /// The layer, operator or tensor that the error is about.
  public let object: Name?
  /// The problem and its remedy, without the file and the object.
  public let message: String

  /// Creates an error about a file, and about an object in it if that is known.
  public init(_ code: Code, _ message: String, path: String, object: Name? = nil) {
    (self.code, self.message, self.path, self.object) = (code, message, path, object)
  }

  /// The file, the object and the problem on one line.
  public var description: String {
    guard let object else { return "\(path): \(message)" }
    return "\(path): \(object): \(message)"
  }
}

extension ModelFormatError: FileNamingError {
  package var namedFile: String { path }
  package func naming(_ path: String) -> ModelFormatError {
    ModelFormatError(code, message, path: path, object: object)
  }
}
