/// The place of a file that will be written, after all checks that are possible without writing.
struct Destination {
  /// The path after all symbolic links are followed. It may not exist yet.
  let target: String
  /// The folder of the target.
  let folder: String
  /// The status of the file that will be replaced; nil for a new file.
  let replaced: FileStatus?

  /// Checks whether a file can be written at a path. The check changes nothing.
  ///
  /// - Throws: `FileError` with code `.cannotCreate`.
  init(_ path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.cannotCreate, "cannot be created: the path is empty or contains a NUL", path: path)
    }
    guard !RemotePath.isRemote(path) else {
      throw FileError(
        .cannotCreate, "cannot be created: it is a URL, and files are only written to this machine; name a local file",
        path: RemotePath.name(of: path))
    }
    target = try Destination.resolvingLinks(path)
    folder = Destination.folder(of: target)
    try Destination.check(folder, of: path)
    do throws(SystemError) {
      replaced = try FileStatus(of: target)
    } catch {
      guard error.number != ENAMETOOLONG else {
        throw FileError(.cannotCreate, "cannot be created", path: path, reason: error)
      }
      replaced = nil
    }
    guard replaced?.isRegular ?? true else {
      throw FileError(.cannotCreate, "cannot be written: it exists and is not a regular file", path: path)
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw FileError(.cannotCreate, "cannot be created in \(folder)", path: path, reason: .last)
    }
  }

  /// The folder of a file.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  private static func check(_ folder: String, of path: String) throws(FileError) {
    do throws(SystemError) {
      if try FileStatus(of: folder).isFolder { return }
    } catch {
      switch error.number {
      case ENOENT:
        throw FileError(.cannotCreate, "cannot be created: there is no folder \(folder); create it first", path: path)
      case ENOTDIR: break
      case ENAMETOOLONG: throw FileError(.cannotCreate, "cannot be created", path: path, reason: error)
      default: throw FileError(.cannotCreate, "cannot be created in \(folder)", path: path, reason: error)
      }
    }
    throw FileError(
      .cannotCreate, "cannot be created: \(folder) is not a folder; name a file in a folder", path: path)
  }

  /// The path after all symbolic links are followed. Its last part may be missing.
  ///
  /// Each link is followed separately, because a link in `/dev` or `/proc` can lead to a regular file: `/dev/stdout` leads to the file
  /// that the shell appends the output to.
  private static func resolvingLinks(_ path: String) throws(FileError) -> String {
    var current = path
    for _ in 0..<40 {
      let folder = folder(of: current)
      if let resolved = resolved(folder), isOfSystem(resolved) {
        throw FileError(
          .cannotCreate,
          "cannot be written: \(resolved) has devices and open files of processes; name a file in another folder",
          path: path)
      }
      guard let destination = destination(ofLink: current) else { return resolved(current) ?? current }
      let beginning = current.lastIndex(of: "/").map { String(current[...$0]) } ?? ""
      current = destination.hasPrefix("/") ? destination : beginning + destination
    }
    throw FileError(.cannotCreate, "cannot be created: its symbolic links lead in a circle", path: path)
  }

  /// Whether a folder belongs to the system's devices and processes. `/dev/shm` is a folder for files in memory.
  private static func isOfSystem(_ folder: String) -> Bool {
    func isInside(_ parent: String) -> Bool { folder == parent || folder.hasPrefix(parent + "/") }
    return isInside("/proc") || isInside("/dev") && !isInside("/dev/shm")
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func destination(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { characters in
      characters.initialize(repeating: 0)
      guard let start = characters.baseAddress, readlink(path, start, Int(PATH_MAX)) > 0 else { return nil }
      return String(cString: start)
    }
  }
}
