/// A new file that is written front to back; bytes that were written may be replaced.
package final class WritableFile: Sendable {
  /// The path of the file.
  package let path: String
  private let descriptor: Descriptor

  /// Creates a file.
  ///
  /// - Throws: `FileError` with code `.cannotCreate` if the file exists or cannot be created.
  package init(creating path: String) throws(FileError) {
    do {
      descriptor = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL)
    } catch {
      throw FileError(.cannotCreate, "cannot be created", path: path, reason: error)
    }
    self.path = path
  }

  /// Writes bytes after those that were written before.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try reporting { () throws(SystemError) in try descriptor.write(bytes) }
  }

  /// Writes bytes after those that were written before.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    try reporting { () throws(SystemError) in try descriptor.write(bytes) }
  }

  /// Replaces bytes from an offset on.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func replace(at offset: Int, with bytes: [UInt8]) throws(FileError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(SystemError) in try descriptor.write(bytes, at: offset) }
    }
    try reporting { () throws(SystemError) in try result.get() }
  }

  /// Closes the file, which may be the moment when the system reports that it could not write.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func close() throws(FileError) {
    try reporting { () throws(SystemError) in try descriptor.close() }
  }

  private func reporting(_ call: () throws(SystemError) -> Void) throws(FileError) {
    do {
      try call()
    } catch {
      throw FileError(.inputOutput, "writing failed", path: path, reason: error)
    }
  }
}
