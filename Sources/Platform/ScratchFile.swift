import Synchronization

/// A new file with a temporary name. The file is removed when the last reference to this object ends. A lock on the file shows
/// that the process that owns the file is alive.
///
/// A process that is killed cannot remove its files, but the system releases its locks. So before a new file is created, all
/// temporary files of the folder that have no lock are removed. On a file system without locks, these files stay.
package final class ScratchFile: Sendable {
  /// The path of the file.
  package let path: String
  /// The open file. The file stays open until the last reference ends, because closing the file would release the lock.
  package let descriptor: Descriptor
  private let hasName = Atomic(true)

  // The temporary name does not contain the final name, so that the final name can be as long as the system allows.
  private static let prefix = ".swift-bricks-", suffix = ".tmp"

  /// Creates an empty file.
  ///
  /// - Throws: `SystemError`.
  package init(in folder: String, permissions: mode_t) throws(SystemError) {
    ScratchFile.removeAbandoned(in: folder)
    while true {
      let path = "\(folder)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))\(Self.suffix)"
      let descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT | O_EXCL, permissions: permissions)
      do throws(SystemError) {
        // If another process removed this file before it was locked, try again with a new file.
        if descriptor.lock() != .refused, try descriptor.status.identity == FileIdentity(of: path) {
          (self.path, self.descriptor) = (path, descriptor)
          return
        }
        unlink(path)
      } catch {
        unlink(path)
        throw error
      }
    }
  }

  deinit { removeName() }

  /// Removes the name. The content exists as long as the file is open.
  package func removeName() {
    if hasName.exchange(false, ordering: .relaxed) { unlink(path) }
  }

  /// Gives the file its final name, and replaces a file of this name.
  ///
  /// - Throws: `SystemError`.
  package func rename(to target: String) throws(SystemError) {
    _ = try systemCall { renameFile(path, target) }
    hasName.store(false, ordering: .relaxed)
  }

  /// Whether a path has the form of the paths that this type creates. The owner's lock protects such a file.
  package static func isScratch(_ path: String) -> Bool {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    return name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  /// Removes the files in a folder that killed processes left behind. If this fails, the next process tries again.
  private static func removeAbandoned(in folder: String) {
    for name in Folder.names(in: folder) where isScratch(name) {
      let path = "\(folder)/\(name)"
      // O_NONBLOCK is needed, because opening a pipe would otherwise wait for a writer.
      guard let file = try? Descriptor(opening: path, O_RDWR | O_NOFOLLOW | O_NONBLOCK),
        let status = try? file.status, status.isRegular, file.lock() == .locked,
        // Check the name again, because the owner may have renamed the file in the meantime.
        status.identity == FileIdentity(of: path)
      else { continue }
      unlink(path)
    }
  }
}

/// The system's `rename`. Inside `ScratchFile`, its method hides the name `rename`.
private func renameFile(_ path: String, _ target: String) -> Int32 { rename(path, target) }
