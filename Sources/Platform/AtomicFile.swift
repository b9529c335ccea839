/// Replaces a file completely or not at all. The new file is written under a temporary name in the same folder, synchronized, and
/// renamed.
package enum AtomicFile {
  /// Calls `body` with the path of a temporary file that does not exist yet, then gives the file its final name. After a failure,
  /// the temporary file is removed and an old file stays unchanged. A new file gets the permissions of the old one.
  ///
  /// A symbolic link is followed: the file that it points to is replaced, and the link stays.
  ///
  /// - Throws: The errors of `body`; `FileError` with code `.cannotCreate` if the folder is missing or not writable, or if a
  ///   folder has the name, `.inputOutput` if synchronizing or renaming fails. If only synchronizing the folder fails, the new
  ///   file is already in place.
  package static func write(to path: String, _ body: (String) throws -> Void) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.cannotCreate, "cannot be created: the path is empty or contains a NUL", path: path)
    }
    let target = try resolvingLinks(path)
    let folder = target.lastIndex(of: "/").map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let replaced = try? FileStatus(of: target)
    guard replaced?.isRegular ?? true else {
      throw FileError(
        .cannotCreate, "cannot be written: it exists and is not a regular file", path: path)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      let reason = SystemError.last
      guard reason.number != ENOENT else {
        throw FileError(.cannotCreate, "cannot be created: there is no folder \(folder); create it first", path: path)
      }
      throw FileError(.cannotCreate, "cannot be created in \(folder)", path: path, reason: reason)
    }
    // The temporary name does not contain the final name, which may already have the greatest length.
    let temporary = "\(folder)/.swift-bricks-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    var isComplete = false
    defer { if !isComplete { unlink(temporary) } }
    try body(temporary)
    if let replaced { chmod(temporary, replaced.permissions) }
    try synchronize(temporary, as: path)
    do throws(SystemError) {
      _ = try systemCall { rename(temporary, target) }
    } catch {
      throw FileError(.cannotCreate, "cannot be given its name", path: path, reason: error)
    }
    isComplete = true
    // A folder may be writable but not readable. It cannot be opened for synchronizing then.
    if access(folder, R_OK) == 0 { try synchronize(folder, as: path, isFolder: true) }
  }

  /// Calls `body` with the path of a file that does not exist yet, in the folder of another file, and removes the file afterwards.
  package static func withTemporary(beside path: String, _ body: (String) throws -> Void) rethrows {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let temporary = "\(folder).swift-bricks-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    defer { unlink(temporary) }
    try body(temporary)
  }

  /// The path after all symbolic links are resolved. Its last part may be missing.
  private static func resolvingLinks(_ path: String) throws(FileError) -> String {
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
    throw FileError(.cannotCreate, "cannot be created: its symbolic links lead in a circle", path: path)
  }

  private static func destination(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { characters in
      characters.initialize(repeating: 0)
      guard let start = characters.baseAddress, readlink(path, start, Int(PATH_MAX)) > 0 else { return nil }
      return String(cString: start)
    }
  }

  private static func synchronize(_ path: String, as name: String, isFolder: Bool = false) throws(FileError) {
    do throws(SystemError) {
      try Descriptor(opening: path, O_RDONLY).synchronize()
    } catch {
      // Some file systems cannot synchronize a folder, and report EINVAL.
      guard !isFolder || error.number != EINVAL else { return }
      throw FileError(.inputOutput, "cannot be synchronized to disk", path: name, reason: error)
    }
  }
}
