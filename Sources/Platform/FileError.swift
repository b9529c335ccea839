/// A failed operation on a file: the file, the failure, its reason, and the remedy.
package struct FileError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: Hashable, Sendable {
    /// There is no file at this path.
    case notFound
    /// Reading the file is not permitted, or the file is not a regular file.
    case notReadable
    /// A server refuses to give the file.
    case denied
    /// The file ends early, is too large, or is not UTF-8 text.
    case malformed
    /// The file cannot be created at this path, or cannot be replaced.
    case cannotCreate
    /// The operating system failed to read or write.
    case inputOutput
  }

  /// The kind of failure.
  package let code: Code
  /// The path of the file, as the user named it.
  package let path: String
  /// The failure, and also the remedy if this package found the fault itself.
  package let summary: String
  /// The operating system's reason; nil if this package found the fault itself.
  package let reason: SystemError?

  /// Creates an error, with the operating system's reason if it reported the failure.
  package init(_ code: Code, _ summary: String, path: String, reason: SystemError? = nil) {
    self.code = code
    self.path = path
    self.summary = summary
    self.reason = reason
  }

  /// A failure to open a file for reading.
  init(opening path: String, reason: SystemError) {
    switch reason.number {
    case ENOENT, ENOTDIR: self.init(.notFound, "there is no such file", path: path)
    case EACCES, EPERM: self.init(.notReadable, "reading the file is not permitted", path: path, reason: reason)
    case ENAMETOOLONG, ELOOP: self.init(.notReadable, "the file cannot be opened", path: path, reason: reason)
    default: self.init(.inputOutput, "the file cannot be opened", path: path, reason: reason)
    }
  }

  /// The failure, its reason and the remedy, in a sentence without a final period.
  package var message: String { reason.map { "\(summary): \($0.explanation)" } ?? summary }

  /// The path and the message.
  package var description: String { "\(path): \(message)" }
}
