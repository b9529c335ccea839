/// Checks whether a path leads out of a folder.
package enum FolderBoundary {
  /// Whether the file at a path is in a folder or below it, after all symbolic links are followed.
  ///
  /// - Throws: `FileError` with code `.notFound`, `.notReadable` or `.inputOutput` if the file or the folder does not exist or
  ///   cannot be reached.
  package static func isInside(_ path: String, folder: String) throws(FileError) -> Bool {
    let folder = try resolved(folder)
    return try resolved(path).hasPrefix(folder == "/" ? "/" : folder + "/")
  }

  private static func resolved(_ path: String) throws(FileError) -> String {
    guard let resolved = realpath(path, nil) else { throw FileError(opening: path, reason: SystemError.last) }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
