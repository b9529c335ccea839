#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replaces a file whole or not at all: written as a temporary sibling, synced, renamed, and the directory synced.
public enum AtomicFile {
  /// Calls `body` with the path of a temporary file that does not exist yet, then gives the file its final name. Where anything
  /// fails, the temporary file is removed, and what was there before stays. A file that is replaced passes its permissions on.
  ///
  /// A symbolic link is followed, so that what it points to is replaced and the link stays.
  ///
  /// - Throws: whatever `body` throws; `CheckpointError` with code `.cannotCreate` where the folder is missing or not writable, or
  ///   a folder has the name, `.inputOutput` where syncing or renaming fails. Only where syncing the folder fails is the new
  ///   file in place all the same.
  public static func write(to path: String, _ body: (String) throws -> Void) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw CheckpointError(.cannotCreate, "cannot be created: a path is not empty and has no NUL in it", file: path)
    }
    let target = try resolvingLinks(path)
    let folder = target.lastIndex(of: "/").map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    var status = stat()
    let replaces = stat(target, &status) == 0
    if replaces, status.st_mode & S_IFMT != S_IFREG {
      throw CheckpointError(.cannotCreate, "cannot be written: it exists and is no regular file", file: path)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw CheckpointError(.cannotCreate, "cannot be created in \(folder): \(reason())", file: path)
    }
    // Without the final name, which may be as long as names can be.
    let temporary = "\(folder)/.swift-bricks-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    var isComplete = false
    defer { if !isComplete { unlink(temporary) } }
    try body(temporary)
    if replaces { chmod(temporary, status.st_mode & 0o777) }
    try sync(temporary, as: path)
    guard repeatingInterrupted({ rename(temporary, target) }) == 0 else {
      throw CheckpointError(.cannotCreate, "cannot be given its name: \(reason())", file: path)
    }
    isComplete = true
    // A folder may be writable without being readable; then it cannot be opened to sync it.
    if access(folder, R_OK) == 0 { try sync(folder, as: path) }
  }

  /// Where a path leads in the end; the last step need not exist.
  private static func resolvingLinks(_ path: String) throws -> String {
    var current = path
    for _ in 0..<40 {
      if let resolved = realpath(current, nil) {
        defer { free(resolved) }
        return String(cString: resolved)
      }
      guard let destination = destination(ofLink: current) else { return current }
      let folder = current.lastIndex(of: "/").map { String(current[...$0]) } ?? ""
      current = destination.hasPrefix("/") ? destination : folder + destination
    }
    throw CheckpointError(.cannotCreate, "cannot be created: its symbolic links lead in a circle", file: path)
  }

  private static func destination(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { characters in
      characters.initialize(repeating: 0)
      guard let start = characters.baseAddress, readlink(path, start, Int(PATH_MAX)) > 0 else { return nil }
      return String(cString: start)
    }
  }

  private static func sync(_ path: String, as name: String) throws {
    let descriptor = repeatingInterrupted { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw CheckpointError(.inputOutput, "cannot be opened to sync it: \(reason())", file: name)
    }
    defer { close(descriptor) }
    // Some file systems cannot sync a folder, and say so by EINVAL.
    guard repeatingInterrupted({ fsync(descriptor) }) == 0 || errno == EINVAL else {
      throw CheckpointError(.inputOutput, "cannot be synced to disk: \(reason())", file: name)
    }
  }

  /// Calls the system again where a signal interrupted the call.
  private static func repeatingInterrupted(_ call: () -> CInt) -> CInt {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
