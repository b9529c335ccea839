/// Replaces a file completely or not at all. The new file is written under a temporary name in the same folder, synchronized,
/// and renamed. Files that killed processes left in the folder are removed (see `ScratchFile`).
package enum AtomicFile {
  /// Calls `body` with the path of an empty temporary file, then gives the file its final name. After a failure, the temporary
  /// file is removed and an old file stays unchanged. A new file gets the permissions of the old one.
  ///
  /// The body must write into the temporary file, and must not replace it. If `path` is itself the path of a temporary file, no
  /// other program reads this file, so the body writes to it directly.
  ///
  /// A symbolic link is followed: the file that it points to is replaced, and the link stays.
  ///
  /// - Throws: The errors of `body`; `FileError` with code `.cannotCreate` if the folder is missing or not writable, if a folder has
  ///   the name, or if the file is protected (see `ReadFiles`), or `.inputOutput` if synchronizing or renaming fails. If only
  ///   closing the file or synchronizing the folder fails, the new file is already in place.
  package static func write(to path: String, _ body: (String) throws -> Void) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.cannotCreate, "cannot be created: the path is empty or contains a NUL", path: path)
    }
    guard !RemotePath.isRemote(path) else {
      throw FileError(
        .cannotCreate, "cannot be created: it is a URL, and files are only written to this machine; name a local file",
        path: RemotePath.name(of: path))
    }
    let target = try resolvingLinks(path)
    let folder = folder(of: target)
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
    guard !ScratchFile.isScratch(target) else { return try body(target) }
    if let replaced, ReadFiles.isProtected(replaced.identity) {
      throw FileError(
        .cannotCreate, "cannot be written: this file is a part of the input, and would be lost; name another file",
        path: path)
    }
    let temporary: ScratchFile
    do throws(SystemError) {
      // The new file gets the permissions of the old file, because its content may be equally secret.
      temporary = try ScratchFile(in: folder, permissions: replaced == nil ? 0o666 : 0o600)
    } catch {
      throw FileError(.cannotCreate, "cannot be created in \(folder)", path: path, reason: error)
    }
    try body(temporary.path)
    do throws(SystemError) {
      if let replaced { try temporary.descriptor.setPermissions(replaced.permissions) }
      try temporary.descriptor.synchronize()
    } catch {
      throw FileError(.inputOutput, "cannot be synchronized to disk", path: path, reason: error)
    }
    do throws(SystemError) {
      try temporary.rename(to: target)
    } catch {
      throw FileError(.cannotCreate, "cannot be given its name", path: path, reason: error)
    }
    do throws(SystemError) {
      // The lock of this descriptor protects the file until it has its final name.
      try temporary.descriptor.close()
    } catch {
      throw FileError(.inputOutput, "cannot be closed", path: path, reason: error)
    }
    // If a folder is writable but not readable, it cannot be opened for synchronizing.
    if access(folder, R_OK) == 0 { try synchronize(folder: folder, as: path) }
  }

  /// Calls `body` with the path of an empty temporary file in the folder of another file, and removes the file afterwards.
  ///
  /// - Throws: The errors of `body`; `FileError` with code `.cannotCreate`.
  package static func withTemporary<Result>(
    beside path: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let temporary: ScratchFile
    do throws(SystemError) {
      temporary = try ScratchFile(in: folder(of: path), permissions: 0o600)
    } catch {
      throw FileError(
        .cannotCreate, "a temporary file cannot be created in \(folder(of: path))", path: path, reason: error)
    }
    let result = try body(temporary.path)
    // The file must exist until the body has ended.
    temporary.removeName()
    return result
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
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

  private static func synchronize(folder: String, as name: String) throws(FileError) {
    do throws(SystemError) {
      try Descriptor(opening: folder, O_RDONLY).synchronize()
    } catch {
      // Some file systems cannot synchronize a folder, and report EINVAL.
      guard error.number != EINVAL else { return }
      throw FileError(.inputOutput, "cannot be synchronized to disk", path: name, reason: error)
    }
  }
}
