#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files that do not exist yet.
enum NewFile {
  /// Makes a file of the given parts, one after the other.
  ///
  /// - Throws: `InterchangeError` with code `.cannotCreate` where the file cannot be made there or exists, `.inputOutput` where
  ///   writing fails; what was written by then is left to the caller.
  static func write(_ parts: [[UInt8]], to path: String) throws(InterchangeError) {
    let opened = repeatingInterrupted { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard opened.result >= 0 else {
      throw InterchangeError(.cannotCreate, "cannot be created: \(describingError(opened.errorNumber))", path: path)
    }
    do throws(InterchangeError) {
      for part in parts { try append(part, to: opened.result, path: path) }
    } catch {
      close(opened.result)
      throw error
    }
    // After an interrupted close the descriptor is gone; closing again could close another thread's file.
    guard close(opened.result) == 0 || errno == EINTR else {
      throw InterchangeError(.inputOutput, "closing the file failed: \(describingError(errno))", path: path)
    }
  }

  private static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(InterchangeError) {
    var position = 0
    while position < bytes.count {
      let done = bytes.withUnsafeBytes { bytes in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        return repeatingInterrupted { writeBytes(descriptor, rest.baseAddress, min(rest.count, 1 << 30)) }
      }
      guard done.result >= 0 else {
        throw InterchangeError(.inputOutput, "writing failed: \(describingError(done.errorNumber))", path: path)
      }
      position += done.result
    }
  }
}
