import Synchronization

/// A temporary file for data that are too large for memory. The system frees its space when the last reference ends.
package final class TemporaryFile: Sendable {
  private let file: ScratchFile
  private let folder: String
  private let byteCount = Atomic(0)

  /// The open file.
  package var descriptor: Descriptor { file.descriptor }
  /// The path of the file while it has a name.
  package var path: String { file.path }

  /// The folder for temporary files: the folder that the variable `TMPDIR` names, or `/tmp`.
  package static var folder: String { Environment.value(of: "TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp" }

  /// Creates an empty file in the folder that the variable `TMPDIR` names, or in `/tmp`.
  ///
  /// - Parameter keepsName: Whether the file has a name until `removeName()`, for libraries that need a path. A file without a
  ///   name disappears with the process, even if the process is killed.
  /// - Throws: `FileError` with code `.cannotCreate`.
  package init(keepsName: Bool = false) throws(FileError) {
    folder = TemporaryFile.folder
    do {
      file = try ScratchFile(in: folder, permissions: 0o600)
    } catch {
      throw FileError(
        .cannotCreate, "a temporary file cannot be created in this folder; set TMPDIR to a folder with free space",
        path: folder, reason: error)
    }
    if !keepsName { removeName() }
  }

  /// Removes the name. The content exists as long as the file is open.
  package func removeName() { file.removeName() }

  /// Writes bytes after the bytes that were already written, and reads them back.
  ///
  /// - Throws: `FileError` with code `.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(SystemError) {
      let offset = byteCount.add(bytes.count, ordering: .relaxed).oldValue
      try descriptor.writeChecked(bytes, at: offset)
    } catch {
      throw FileError(
        .inputOutput, "a temporary file cannot be written in this folder; set TMPDIR to a folder with free space",
        path: folder, reason: error)
    }
  }
}
