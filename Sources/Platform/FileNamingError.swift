/// An error that names a file.
///
/// A file is written under a temporary name, so an error of writing names the temporary file. `AtomicFile` replaces this name by the
/// name that the user gave.
package protocol FileNamingError: Error {
  /// The path of the file.
  var namedFile: String { get }

  /// The same error with another path.
  func naming(_ path: String) -> Self
}

extension FileError: FileNamingError {
  package var namedFile: String { path }
  package func naming(_ path: String) -> FileError { FileError(code, summary, path: path, reason: reason) }
}
