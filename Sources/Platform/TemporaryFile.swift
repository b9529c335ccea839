/// A file without a name, for bytes that are too many for memory. The system takes the space back when the last reference ends.
package final class TemporaryFile: Sendable {
  /// The open file.
  package let descriptor: Descriptor
  private let folder: String

  /// Creates an empty file in the folder that the variable `TMPDIR` names, or in `/tmp`.
  ///
  /// - Throws: `FileError` with code `.cannotCreate`.
  package init() throws(FileError) {
    let folder = Environment.value(of: "TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let path = "\(folder)/.swift-bricks-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    do {
      descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600)
    } catch {
      throw FileError(
        .cannotCreate, "a temporary file cannot be created there; set TMPDIR to a folder with free space", path: folder,
        reason: error)
    }
    // Nothing stays behind, however the process ends.
    unlink(path)
    self.folder = folder
  }

  /// A path that opens the file once more in this process, for libraries that know files by their paths.
  package var path: String {
    #if canImport(Darwin)
      "/dev/fd/\(descriptor.number)"
    #else
      "/proc/self/fd/\(descriptor.number)"
    #endif
  }

  /// Writes bytes after those that were written before.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(SystemError) {
      try descriptor.write(bytes)
    } catch {
      throw FileError(
        .inputOutput, "a temporary file cannot be written there; set TMPDIR to a folder with free space", path: folder,
        reason: error)
    }
  }
}
