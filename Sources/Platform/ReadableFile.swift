/// A regular file that is open for reading at any offset, by any number of threads.
package final class ReadableFile: Sendable {
  /// The path as the user gave it.
  package let path: String
  /// The size in bytes when the file was opened.
  package let byteCount: Int

  private let descriptor: Descriptor

  /// Opens a file.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable` or `.inputOutput`.
  package init(opening path: String) throws(FileError) {
    guard !path.utf8.contains(0) else { throw FileError(.notFound, "the path contains a NUL", path: path) }
    let descriptor: Descriptor
    let status: FileStatus
    do {
      // Without O_NONBLOCK, opening a pipe would wait for a writer.
      descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
      status = try descriptor.status
    } catch {
      throw FileError(opening: path, reason: error)
    }
    guard status.isRegular else { throw FileError(.notReadable, "is not a regular file", path: path) }
    self.path = path
    self.descriptor = descriptor
    byteCount = status.byteCount
  }

  /// Whether a path leads to anything at all.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads a number of bytes from an offset on.
  ///
  /// - Throws: `FileError` with code `.malformed` if the file ends before, `.inputOutput` if reading fails or this machine has no
  ///   memory for the bytes.
  package func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw FileError(
        .malformed, "the file ends early: \(count) bytes wanted at offset \(offset) of \(byteCount)", path: path)
    }
    guard Memory.canProvide(byteCount: count) else {
      throw FileError(.inputOutput, "this machine has no memory for the \(count) bytes to be read", path: path)
    }
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
      do throws(SystemError) {
        let buffer = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<count])
        initializedCount = try descriptor.read(into: buffer, at: offset)
        if initializedCount < count {
          failure = FileError(.inputOutput, "the file was cut short while it was read", path: path)
        }
      } catch {
        failure = FileError(
          .inputOutput, "reading \(count) bytes at offset \(offset) failed", path: path, reason: error)
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Reads the whole text of a UTF-8 file of at most 64 MiB.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable`, `.inputOutput`, or `.malformed` for a larger file or other bytes.
  package static func text(of path: String) throws(FileError) -> String {
    let file = try ReadableFile(opening: path)
    guard file.byteCount <= 1 << 26 else {
      throw FileError(.malformed, "has \(file.byteCount) bytes, too many for a text; 64 MiB are read", path: path)
    }
    guard let text = String(validating: try file.read(at: 0, count: file.byteCount), as: UTF8.self) else {
      throw FileError(.malformed, "is not UTF-8 text; save it as UTF-8", path: path)
    }
    return text
  }
}
