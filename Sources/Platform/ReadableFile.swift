import Limits

/// A regular file that is open for reading at any offset, on this machine or on another one. Several threads may use it.
package final class ReadableFile: Sendable {
  /// The path of the file, as it was given; the URL of a remote file without its secrets.
  package let path: String
  /// The size in bytes when the file was opened.
  package let byteCount: Int

  private let storage: Storage

  private enum Storage: Sendable {
    case local(Descriptor)
    case remote(any RemoteBytes)
  }

  /// The bytes on another machine; nil for a file of this machine.
  package var remote: (any RemoteBytes)? { if case .remote(let bytes) = storage { bytes } else { nil } }

  /// Creates a readable file from the bytes of a file on another machine.
  package init(_ remote: any RemoteBytes) {
    (path, byteCount, storage) = (remote.name, remote.byteCount, .remote(remote))
  }

  /// Opens a file of this machine.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable` or `.inputOutput`.
  package init(opening path: String) throws(FileError) {
    guard !path.utf8.contains(0) else { throw FileError(.notFound, "the path contains a NUL", path: path) }
    let descriptor: Descriptor
    let status: FileStatus
    do {
      // O_NONBLOCK is needed, because opening a pipe would otherwise wait for a writer.
      descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
      status = try descriptor.status
    } catch {
      throw FileError(opening: path, reason: error)
    }
    guard status.isRegular else { throw FileError(.notReadable, "is not a regular file", path: path) }
    ReadFiles.insert(status.identity)
    self.path = path
    storage = .local(descriptor)
    byteCount = status.byteCount
  }

  /// Creates a readable file from a temporary file, with the size that it has now.
  ///
  /// - Parameter path: The path for messages, such as the path of the archive that the bytes come from.
  /// - Throws: `FileError` with code `.inputOutput`.
  package init(_ temporary: TemporaryFile, path: String) throws(FileError) {
    do {
      byteCount = try temporary.descriptor.status.byteCount
    } catch {
      throw FileError(.inputOutput, "a temporary file cannot be examined", path: path, reason: error)
    }
    self.path = path
    storage = .local(temporary.descriptor)
  }

  /// Creates a readable file from an open file with the given size.
  ///
  /// - Parameter path: The path to name in messages.
  package init(_ descriptor: Descriptor, byteCount: Int, path: String) {
    (self.path, self.byteCount, storage) = (path, byteCount, .local(descriptor))
  }

  /// Whether another descriptor is open for the same file.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func isSameFile(as other: Descriptor) throws(FileError) -> Bool {
    guard case .local(let descriptor) = storage else { return false }
    do {
      return try descriptor.status.identity == other.status.identity
    } catch {
      throw FileError(.inputOutput, "cannot be examined", path: path, reason: error)
    }
  }

  /// Whether anything exists at a path.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads a number of bytes, beginning at an offset.
  ///
  /// - Throws: `FileError` with code `.malformed` if the file ends earlier, or `.inputOutput` if reading fails or this machine has
  ///   no memory for the bytes.
  package func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try check(offset: offset, count: count)
    guard Memory.canProvide(byteCount: count) else {
      throw FileError(.inputOutput, "this machine has no memory for the \(count) bytes to be read", path: path)
    }
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
      do throws(FileError) {
        try read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<count]), at: offset)
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills a buffer with bytes of the file, beginning at an offset.
  ///
  /// - Parameter end: The end of the bytes that are likely to be read next; nil if it is unknown. A remote file fetches them together.
  /// - Throws: `FileError` with code `.malformed` if the file ends earlier, or `.inputOutput` if reading fails.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, likelyUntil end: Int? = nil
  ) throws(FileError) {
    try check(offset: offset, count: buffer.count)
    let descriptor: Descriptor
    switch storage {
    case .local(let local): descriptor = local
    case .remote(let bytes): return try bytes.read(into: buffer, at: offset, likelyUntil: end)
    }
    let count: Int
    do {
      count = try descriptor.read(into: buffer, at: offset)
    } catch {
      throw FileError(
        .inputOutput, "reading \(buffer.count) bytes at offset \(offset) failed", path: path, reason: error)
    }
    guard count == buffer.count else {
      throw FileError(.inputOutput, "the file was cut short while it was read", path: path)
    }
  }

  private func check(offset: Int, count: Int) throws(FileError) {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw FileError(
        .malformed, "the file ends early: \(count) bytes are needed at offset \(offset), but only \(byteCount) exist",
        path: path)
    }
  }

  /// Reads the whole text of a UTF-8 file within `ReadingLimits`.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable`, `.inputOutput`, or `.malformed` if the file is too large or
  ///   not UTF-8.
  package static func text(of path: String) throws(FileError) -> String {
    let file = try ReadableFile(opening: path)
    if let problem = ReadingLimits.current.problem(textOf: file.byteCount) {
      throw FileError(.malformed, problem.message, path: path)
    }
    guard let text = String(validating: try file.read(at: 0, count: file.byteCount), as: UTF8.self) else {
      throw FileError(.malformed, "is not UTF-8 text; save it as UTF-8", path: path)
    }
    return text
  }
}
