/// A file that does not exist yet.
package enum NewFile {
  /// Creates a file from consecutive parts.
  ///
  /// - Throws: `FileError` with code `.cannotCreate` if the file exists or cannot be created, `.inputOutput` if writing fails.
  ///   The bytes that were already written stay; the caller has to remove the file.
  package static func write(_ parts: [[UInt8]], to path: String) throws(FileError) {
    let file: Descriptor
    do {
      file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL)
    } catch {
      throw FileError(.cannotCreate, "cannot be created", path: path, reason: error)
    }
    do throws(SystemError) {
      for part in parts { try file.write(part) }
      try file.close()
    } catch {
      throw FileError(.inputOutput, "writing failed", path: path, reason: error)
    }
  }
}
