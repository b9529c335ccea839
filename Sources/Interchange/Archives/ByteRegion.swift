import Platform
import Remote

/// Bytes that can be read from any offset: a range of a file, such as a stored member of an archive, or a few bytes in memory.
package struct ByteRegion: Sendable {
  /// The path in messages: the path of the file. For a member of an archive, a colon and the name of the member follow.
  package let path: String
  /// The number of bytes.
  package let byteCount: Int
  private let storage: Storage

  private enum Storage: Sendable {
    case file(ReadableFile, offset: Int)
    case memory([UInt8])
  }

  /// Creates a region with all bytes of a file.
  package init(_ file: ReadableFile) {
    path = file.path
    byteCount = file.byteCount
    storage = .file(file, offset: 0)
  }

  /// Creates a region of bytes in memory.
  package init(_ bytes: [UInt8], path: String) {
    self.path = path
    byteCount = bytes.count
    storage = .memory(bytes)
  }

  private init(path: String, byteCount: Int, storage: Storage) {
    self.path = path
    self.byteCount = byteCount
    self.storage = storage
  }

  /// Opens all bytes of the file at a path or URL.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`.
  package init(opening path: String) throws(InterchangeError) {
    do {
      self.init(try ReadableFile(at: path))
    } catch {
      throw InterchangeError(error)
    }
  }

  /// The size of the blocks in which bytes are read from front to back.
  package static let blockByteCount = 1 << 20

  /// Returns a part of these bytes, as a region.
  ///
  /// - Parameter path: The path in messages; nil for the path of these bytes.
  /// - Throws: `InterchangeError` with code `.malformed` if the range is not within these bytes.
  package func part(at offset: Int, count: Int, path: String? = nil) throws(InterchangeError) -> ByteRegion {
    try check(offset: offset, count: count)
    let path = path ?? self.path
    switch storage {
    case .file(let file, let start):
      return ByteRegion(path: path, byteCount: count, storage: .file(file, offset: start + offset))
    case .memory(let bytes): return ByteRegion(Array(bytes[offset..<offset + count]), path: path)
    }
  }

  /// Reads `count` bytes from an offset on.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if there are fewer bytes, or `.inputOutput` if reading fails.
  package func bytes(at offset: Int, count: Int) throws(InterchangeError) -> [UInt8] {
    try check(offset: offset, count: count)
    switch storage {
    case .file(let file, let start):
      do {
        return try file.read(at: start + offset, count: count)
      } catch {
        throw InterchangeError(error, path: path)
      }
    case .memory(let bytes): return Array(bytes[offset..<offset + count])
    }
  }

  /// Fills a buffer with the bytes from an offset on.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if there are fewer bytes, or `.inputOutput` if reading fails.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(InterchangeError) {
    try check(offset: offset, count: buffer.count)
    switch storage {
    case .file(let file, let start):
      do {
        // A part of a file, such as a tensor, is mostly read to its end.
        try file.read(
          into: buffer, at: start + offset, likelyUntil: byteCount < file.byteCount ? start + byteCount : nil)
      } catch {
        throw InterchangeError(error, path: path)
      }
    case .memory(let bytes):
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(buffer.count)))
      }
    }
  }

  /// Calls a closure with the bytes of a range front to back, in blocks of at most `blockByteCount` bytes. The size of
  /// each block is a multiple of `unit`, except for the last block if `count` is not a multiple.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the range is not within these bytes, or `.inputOutput` if reading
  ///   fails; the errors of the closure.
  package func forEachBlock(
    at offset: Int, count: Int, unit: Int = 1, _ body: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    try check(offset: offset, count: count)
    let largest = max(unit, ByteRegion.blockByteCount / unit * unit)
    try withUnsafeTemporaryAllocation(byteCount: min(largest, max(count, 1)), alignment: 64) { buffer in
      var done = 0
      while done < count {
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(largest, count - done)])
        try read(into: block, at: offset + done)
        try body(block)
        done += block.count
      }
    }
  }

  private func check(offset: Int, count: Int) throws(InterchangeError) {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw InterchangeError(
        .malformed, "the file ends early: \(count) bytes are needed at offset \(offset), but only \(byteCount) exist",
        path: path)
    }
  }
}
