import HDF5
import Names
import Platform

/// What went wrong with a checkpoint: which file, which object in it, what, and what to do.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// There is no such file, or it may not be read.
    case notFound
    /// The file is no checkpoint.
    case notACheckpoint
    /// A version, or an extension, that this reader does not know.
    case unsupported
    /// The file was damaged, or was edited by something else after it was saved.
    case damaged
    /// The file contradicts the format.
    case malformed
    /// Something that readers refuse on purpose: links and data outside the file.
    case refused
    /// The content is not what was asked for: another kind of checkpoint, a value without meaning.
    case unsuitable
    /// The output cannot be created.
    case cannotCreate
    /// The system failed to read or write, for example on a full disk.
    case inputOutput
  }

  /// The kind of failure.
  public let code: Code
  /// What happened and what to do, without a final period.
  public let message: String
  /// The file as the caller named it.
  public let file: String
  /// The object in the file, where one is concerned.
  public let object: Name?

  /// An error of a kind, with its message and place.
  public init(_ code: Code, _ message: String, file: String, object: Name? = nil) {
    self.code = code
    self.message = message.printable
    self.file = file
    self.object = (object?.text.printable).map { Name($0) }
  }

  /// The same failure as the HDF5 module reports it.
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

  /// The failure of a file that was being written.
  init(writing error: HDF5Error, file: String) {
    let code: Code =
      switch error.code {
      case .notFound, .permissionDenied, .cannotCreate, .alreadyExists: .cannotCreate
      case .invalidName, .typeMismatch, .shapeMismatch: .unsuitable
      default: .inputOutput
      }
    self.init(code, error.explanation, file: file, object: error.objectPath.map { Name($0) })
  }

  /// The same failure as the operating system reports it.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound, .notReadable: .notFound
      case .malformed: .malformed
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(code, error.message, file: error.path)
  }

  /// The file, the object, the message.
  public var description: String {
    object.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)"
  }

  /// Runs a body whose HDF5 and graph errors become errors about a file.
  static func about<Result: ~Copyable>(_ file: String, _ body: () throws -> Result) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw CheckpointError(about: file, error)
    }
  }

  /// An error of any module as one about a file that was being read.
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
  /// The text with control characters, which could come from a hostile file, as escapes; line feeds stay.
  fileprivate var printable: String {
    guard unicodeScalars.contains(where: { $0 != "\n" && $0.properties.generalCategory == .control }) else {
      return self
    }
    return unicodeScalars.map { scalar in
      scalar != "\n" && scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
  }
}
