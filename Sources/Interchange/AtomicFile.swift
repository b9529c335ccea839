#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes whole files so that a reader, or a machine that lost power, finds the old file or the new one and nothing in
/// between.
enum AtomicFile {
  /// Replaces the file at `path` by the given parts, one after the other.
  ///
  /// The parts go to a temporary sibling, which is synced and renamed; then the directory is synced.
  ///
  /// - Throws: `InterchangeError` with code `.cannotCreate` where the file cannot be made there, `.inputOutput` where
  ///   writing fails; the old file then stands as it was, unless only syncing the directory failed.
  static func write(to path: String, _ parts: [[UInt8]]) throws(InterchangeError) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty else { throw InterchangeError(.cannotCreate, "a file needs a name", path: path) }
    // The name is left out: with it, one of the longest allowed would become too long.
    let temporary = "\(directory)/.partial-\(getpid())-\(UInt64.random(in: 0 ... .max))"

    let opened = repeatingInterrupted { open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard opened.result >= 0 else {
      throw InterchangeError(
        .cannotCreate, "no file can be made in \(directory): \(describingError(opened.errorNumber))", path: path)
    }
    var isRenamed = false
    defer { if !isRenamed { unlink(temporary) } }
    do throws(InterchangeError) {
      for part in parts { try append(part, to: opened.result, path: path) }
      try check(repeatingInterrupted { fsync(opened.result) }, "syncing the file", path: path)
    } catch {
      close(opened.result)
      throw error
    }
    // After an interrupted close the descriptor is gone; closing again could close another thread's file.
    guard close(opened.result) == 0 || errno == EINTR else {
      throw InterchangeError(.inputOutput, "closing the file failed: \(describingError(errno))", path: path)
    }
    let renamed = repeatingInterrupted { rename(temporary, path) }
    guard renamed.result == 0 else {
      throw InterchangeError(
        .cannotCreate, "the finished file cannot take its place: \(describingError(renamed.errorNumber))", path: path)
    }
    isRenamed = true
    try sync(directory: directory, path: path)
  }

  private static func append(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(InterchangeError) {
    var position = 0
    while position < bytes.count {
      let done = bytes.withUnsafeBytes { bytes in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        return repeatingInterrupted { writeBytes(descriptor, rest.baseAddress, min(rest.count, 1 << 30)) }
      }
      try check(done, "writing", path: path)
      position += done.result
    }
  }

  private static func sync(directory: String, path: String) throws(InterchangeError) {
    let opened = repeatingInterrupted { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    try check(opened, "opening the directory to sync it", path: path)
    defer { close(opened.result) }
    try check(repeatingInterrupted { fsync(opened.result) }, "syncing the directory", path: path)
  }

  private static func check<Result: SignedInteger>(
    _ outcome: (result: Result, errorNumber: Int32), _ action: String, path: String
  ) throws(InterchangeError) {
    guard outcome.result >= 0 else {
      throw InterchangeError(
        .inputOutput, "\(action) failed: \(describingError(outcome.errorNumber))", path: path)
    }
  }
}
