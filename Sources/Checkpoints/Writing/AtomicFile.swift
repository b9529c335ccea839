#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Replaces a file whole or not at all: written as a temporary sibling, synced, renamed, and the directory synced.
public enum AtomicFile {
  /// Calls `body` with the path of a temporary file that does not exist yet, then gives the file its final name. Where anything
  /// fails, the temporary file is removed, and what was there before stays.
  ///
  /// - Throws: whatever `body` throws; `CheckpointError` with code `.cannotCreate` where the folder is missing or not writable, or
  ///   a folder has the name, `.inputOutput` where syncing or renaming fails.
  public static func write(to path: String, _ body: (String) throws -> Void) throws {
    // A link is followed, so that what it points to is replaced and the link stays.
    let target = resolvingLinks(path)
    let folder = target.lastIndex(of: "/").map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    var status = stat()
    if stat(target, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw CheckpointError(.cannotCreate, "cannot be written: it exists and is no regular file", file: path)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw CheckpointError(.cannotCreate, "cannot be created in \(folder): \(reason())", file: path)
    }
    let name = target.split(separator: "/").last.map(String.init) ?? target
    let temporary = "\(folder)/.\(name.prefix(64)).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
    var isComplete = false
    defer { if !isComplete { unlink(temporary) } }
    try body(temporary)
    try sync(temporary, as: path)
    guard rename(temporary, target) == 0 else {
      throw CheckpointError(.inputOutput, "cannot be given its name: \(reason())", file: path)
    }
    isComplete = true
    try sync(folder, as: path)
  }

  private static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func sync(_ path: String, as name: String) throws {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw CheckpointError(.inputOutput, "cannot be opened to sync it: \(reason())", file: name)
    }
    defer { close(descriptor) }
    // Some file systems cannot sync a folder, and say so by EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw CheckpointError(.inputOutput, "cannot be synced to disk: \(reason())", file: name)
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
