import Interchange
import JSON
import Names
import Platform

/// An error about a Keras model, before the path of its file is known.
struct KerasProblem: Error {
  let code: ModelFormatError.Code
  let message: String
  /// The path of the layer, such as `outer/my_bn`, or another object of the file.
  let object: Name?

  init(_ code: ModelFormatError.Code, _ message: String, at object: Name? = nil) {
    (self.code, self.message, self.object) = (code, message, object)
  }

  /// Returns this error about the given object, or unchanged if it already names an object.
  func located(at object: Name) -> KerasProblem { KerasProblem(code, message, at: self.object ?? object) }
}

extension ModelFormatError {
  /// Runs a body, and turns its errors into errors about a file.
  static func about<Result>(_ path: String, _ body: () throws -> Result) throws(ModelFormatError) -> Result {
    do {
      return try body()
    } catch let error as ModelFormatError {
      throw error
    } catch let error as KerasProblem {
      throw ModelFormatError(error.code, error.message, path: path, object: error.object)
    } catch let error as InterchangeError {
      throw ModelFormatError(error, path: path)
    } catch let error as FileError {
      throw ModelFormatError(error.code == .malformed ? .malformed : .notReadable, error.message, path: path)
    } catch let error as JSONError {
      throw ModelFormatError(.malformed, "the JSON text is broken: \(error.message)", path: path)
    } catch {
      throw ModelFormatError(.malformed, "\(error)", path: path)
    }
  }

  /// Converts an error of the module `Interchange` into an error of this module.
  private init(_ error: InterchangeError, path: String) {
    let code: Code =
      switch error.code {
      case .notFound, .notReadable: .notReadable
      case .malformed, .noSuchMember, .outOfRange: .malformed
      case .unsupported, .unsuitable: .unsupported
      case .cannotCreate, .inputOutput: .inputOutput
      }
    let prefix = "\(path):"
    let object = error.path.hasPrefix(prefix) ? Name(String(error.path.dropFirst(prefix.count))) : nil
    self.init(code, error.message, path: path, object: object)
  }
}
