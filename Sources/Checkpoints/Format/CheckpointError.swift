import HDF5
import Names
import Platform

/// An error of a checkpoint: the file, the object in it, the fault, and the remedy.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The file does not exist, or reading it is not permitted.
    case notFound
    /// The file is not a checkpoint.
    case notACheckpoint
    /// This reader does not know the file's version or one of its extensions.
    case unsupported
    /// The file was damaged, or another program edited it after it was saved.
    case damaged
    /// The file contradicts the format.
    case malformed
    /// The file contains something that readers refuse for safety, such as links and data outside the file.
    case refused
    /// The content is not suitable for the task, for example the wrong kind of checkpoint, or a value without meaning.
    case unsuitable
    /// The output cannot be created.
    case cannotCreate
    /// The system failed to read or write, for example on a full disk.
    case inputOutput
  }

  /// The kind of failure.
  public let code: Code
  /// The problem and the remedy, without a final period.
  public let message: String
  /// The name of the file, as the caller gave it.
  public let file: String
  /// The object in the file; nil if the error concerns the whole file.
  public let object: Name?

  /// Creates an error about a file, or about an object in it.
  public init(_ code: Code, _ message: String, file: String, object: Name? = nil) {
    self.code = code
    self.message = message.printable
    self.file = file
    self.object = (object?.text.printable).map { Name($0) }
  }

  /// Converts an error of the HDF5 module that occurred while the file was read.
  init(_ error: HDF5Error, file: String) {
    guard error.reason?.number != EAGAIN else {
      self.init(.inputOutput, "is being written by another process; try again when that has finished", file: file)
      return
    }
    let code: Code =
      switch error.code {
      case .notFound, .permissionDenied: .notFound
      case .notHDF5: .notACheckpoint
      case .truncated, .corrupt: .damaged
      case .refused: .refused
      case .cannotCreate, .alreadyExists: .cannotCreate
      case .inputOutput: .inputOutput
      case .noSuchObject, .invalidName, .typeMismatch, .shapeMismatch, .libraryFailure: .malformed
      }
    self.init(code, error.explanation, file: file, object: error.objectPath.map { Name($0) })
  }

  /// Converts an error of the HDF5 module that occurred while the file was written.
  init(writing error: HDF5Error, file: String) {
    let code: Code =
      switch error.code {
      case .notFound, .permissionDenied, .cannotCreate, .alreadyExists: .cannotCreate
      case .invalidName, .typeMismatch, .shapeMismatch: .unsuitable
      default: .inputOutput
      }
    self.init(code, error.explanation, file: file, object: error.objectPath.map { Name($0) })
  }

  /// Converts an error of the operating system.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound, .notReadable, .denied: .notFound
      case .malformed: .malformed
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(code, error.message, file: error.path)
  }

  /// The file, the object, and the message.
  public var description: String {
    object.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)"
  }

  /// Runs a body and converts its HDF5 and graph errors into errors about a file.
  static func about<Result: ~Copyable>(_ file: String, _ body: () throws -> Result) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw CheckpointError(about: file, error)
    }
  }

  /// Converts an error of any module that occurred while the file was read.
  init(about file: String, _ error: any Error) {
    switch error {
    case let error as CheckpointError: self = error
    case let error as HDF5Error: self.init(error, file: file)
    case let error as FileError: self.init(error)
    default: self.init(.malformed, "\(error)", file: file)
    }
  }
}

extension String {
  /// The text with control characters escaped, except for line feeds. Control characters could come from a hostile file.
  fileprivate var printable: String {
    guard unicodeScalars.contains(where: { $0 != "\n" && $0.properties.generalCategory == .control }) else {
      return self
    }
    return unicodeScalars.map { scalar in
      scalar != "\n" && scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
  }
}

extension CheckpointError: FileNamingError {
  package var namedFile: String { file }
  package func naming(_ path: String) -> CheckpointError {
    CheckpointError(code, message, file: path, object: object)
  }
}
