import Synchronization

/// A temporary file for data that are too large for memory. The system frees its space when the last reference ends.
package final class TemporaryFile: Sendable {
  /// The open file.
  package let descriptor: Descriptor
  /// The path of the file while it has a name.
  package let path: String
  private let folder: String
  private let hasName: Atomic<Bool>

  /// The folder for temporary files: that of the variable `TMPDIR`, or `/tmp`.
  package static var folder: String { Environment.value(of: "TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }

  /// Creates an empty file in the folder that the variable `TMPDIR` names, or in `/tmp`.
  ///
  /// - Parameter keepsName: Whether the file has a name until `removeName()`, for libraries that need a path. A file
  ///   without a name disappears however the process ends.
  /// - Throws: `FileError` with code `.cannotCreate`.
  package init(keepsName: Bool = false) throws(FileError) {
    folder = TemporaryFile.folder
    path = "\(folder)/.swift-bricks-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    do {
      descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600)
    } catch {
      throw FileError(
        .cannotCreate, "a temporary file cannot be created there; set TMPDIR to a folder with free space", path: folder,
        reason: error)
    }
    hasName = Atomic(true)
    if !keepsName { removeName() }
  }

  deinit { removeName() }

  /// Removes the name. The file exists as long as it is open.
  package func removeName() {
    if hasName.exchange(false, ordering: .relaxed) { unlink(path) }
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
