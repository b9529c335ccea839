import Synchronization

/// A file that is written from front to back. Written bytes can be replaced. Each write is read back immediately, to find
/// writes that the system lost without reporting an error.
package final class WritableFile: Sendable {
  /// The path of the file.
  package let path: String
  private let descriptor: Descriptor
  private let byteCount = Atomic(0)

  /// Writes a whole file from consecutive parts.
  ///
  /// - Throws: The errors of `init(creating:)`, `append(_:)` and `close()`.
  package static func write(_ parts: [[UInt8]], to path: String) throws(FileError) {
    let file = try WritableFile(creating: path)
    for part in parts { try file.append(part) }
    try file.close()
  }

  /// Creates a file, or empties an existing file, such as the temporary file of `AtomicFile`.
  ///
  /// - Throws: `FileError` with code `.cannotCreate`.
  package init(creating path: String) throws(FileError) {
    do {
      descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT | O_TRUNC)
    } catch {
      throw FileError(.cannotCreate, "cannot be created", path: path, reason: error)
    }
    self.path = path
  }

  /// Writes bytes after the bytes that were already written.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    let offset = byteCount.add(bytes.count, ordering: .relaxed).oldValue
    try reporting { () throws(SystemError) in try descriptor.writeChecked(bytes, at: offset) }
  }

  /// Writes bytes after the bytes that were already written.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: [UInt8]) throws(FileError) {
    let result = bytes.withUnsafeBytes { bytes in Result { () throws(FileError) in try append(bytes) } }
    try result.get()
  }

  /// Replaces written bytes, beginning at an offset.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func replace(at offset: Int, with bytes: [UInt8]) throws(FileError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(SystemError) in try descriptor.writeChecked(bytes, at: offset) }
    }
    try reporting { () throws(SystemError) in try result.get() }
  }

  /// Closes the file. Some systems report a failed write only now.
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
