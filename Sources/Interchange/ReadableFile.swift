#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file open for reading at any offset, by any number of threads.
final class ReadableFile: Sendable {
  /// The path as the user gave it.
  let path: String
  /// The size in bytes when the file was opened.
  let byteCount: Int

  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`.
  init(opening path: String) throws(InterchangeError) {
    // Without O_NONBLOCK opening a pipe would wait for a writer.
    let opened = repeatingInterrupted { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard opened.result >= 0 else {
      switch opened.errorNumber {
      case ENOENT, ENOTDIR: throw InterchangeError(.notFound, "there is no such file", path: path)
      case EACCES, EPERM:
        throw InterchangeError(.notReadable, "the file may not be read: check its permissions", path: path)
      default:
        throw InterchangeError(.inputOutput, "opening failed: \(describingError(opened.errorNumber))", path: path)
      }
    }
    var status = stat()
    let asked = repeatingInterrupted { fstat(opened.result, &status) }
    guard asked.result == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened.result)
      throw InterchangeError(.notReadable, "this is not a regular file", path: path)
    }
    self.path = path
    byteCount = Int(status.st_size)
    descriptor = opened.result
  }

  deinit { close(descriptor) }

  /// Whether a path names anything at all.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads exactly `count` bytes from `offset` on.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` where the file ends before, `.inputOutput` where reading fails.
  func read(at offset: Int, count: Int) throws(InterchangeError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      throw InterchangeError(
        .malformed, "the file ends early: \(count) bytes wanted at offset \(offset) of \(byteCount)", path: path)
    }
    try requireMemory(count, path: path)
    var failure: InterchangeError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
      while initializedCount < count {
        let position = initializedCount
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[position..<count])
        let done = repeatingInterrupted {
          pread(descriptor, rest.baseAddress, min(rest.count, 1 << 30), off_t(offset + position))
        }
        guard done.result > 0 else {
          failure = InterchangeError(
            .inputOutput,
            done.result == 0
              ? "the file was cut short while it was read"
              : "reading \(count) bytes at offset \(offset) failed: \(describingError(done.errorNumber))", path: path)
          return
        }
        initializedCount += done.result
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
