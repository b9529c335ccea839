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
    let destination = try Destination(path)
    let (target, folder, replaced) = (destination.target, destination.folder, destination.replaced)
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
    try naming(path, insteadOf: temporary.path) { try body(temporary.path) }
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
      temporary = try ScratchFile(in: Destination.folder(of: path), permissions: 0o600)
    } catch {
      throw FileError(
        .cannotCreate, "a temporary file cannot be created in \(Destination.folder(of: path))", path: path,
        reason: error)
    }
    let result = try naming(path, insteadOf: temporary.path) { try body(temporary.path) }
    // The file must exist until the body has ended.
    temporary.removeName()
    return result
  }

  /// Checks whether a file can be written at a path. The check changes nothing.
  ///
  /// Commands call this function before long work, and get the same errors that `write(to:_:)` would throw after the work.
  ///
  /// - Throws: `FileError` with code `.cannotCreate`.
  package static func check(_ path: String) throws(FileError) { _ = try Destination(path) }

  /// Runs a body. If its error names the temporary file, the error gets the path that the user knows.
  private static func naming<Result>(
    _ path: String, insteadOf temporary: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as any FileNamingError where error.namedFile == temporary {
      throw error.naming(path)
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
