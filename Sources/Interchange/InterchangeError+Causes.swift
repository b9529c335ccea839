import HDF5
import Platform
import Tensors

extension InterchangeError {
  /// Runs a body and converts the errors of lower modules into errors about a location.
  static func about<Result>(_ path: String, _ body: () throws -> Result) throws(InterchangeError) -> Result {
    do {
      return try body()
    } catch let error as InterchangeError {
      throw error
    } catch let error as HDF5Error {
      throw InterchangeError(error)
    } catch let error as FileError {
      throw InterchangeError(error)
    } catch let error as TensorError {
      throw InterchangeError(.unsupported, error.message, path: path, cause: error)
    } catch {
      throw InterchangeError(.malformed, "\(error)", path: path, cause: error)
    }
  }

  /// Converts an error of the operating system.
  ///
  /// - Parameter path: The file to name in the error; nil for the file of the original error.
  init(_ error: FileError, path: String? = nil) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .notReadable, .denied: .notReadable
      case .malformed: .malformed
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(code, error.message, path: path ?? error.path, cause: error)
  }

  /// Converts an error of the HDF5 module.
  init(_ error: HDF5Error) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .permissionDenied: .notReadable
      case .noSuchObject, .invalidName: .noSuchMember
      case .typeMismatch, .refused: .unsupported
      case .cannotCreate, .alreadyExists: .cannotCreate
      case .inputOutput: .inputOutput
      case .notHDF5, .truncated, .shapeMismatch, .corrupt, .libraryFailure: .malformed
      }
    self.init(code, error.explanation, path: error.objectPath.map { "\(error.file):\($0)" } ?? error.file, cause: error)
  }
}

extension InterchangeError: FileNamingError {
  package var namedFile: String { path }
  package func naming(_ path: String) -> InterchangeError {
    InterchangeError(code, message, path: path, cause: cause)
  }
}
