/// The status of a file, as the operating system reports it.
package struct FileStatus: Sendable {
  /// The identity of the file, which is the same for all paths and links to it.
  package let identity: FileIdentity
  /// The size in bytes.
  package let byteCount: Int
  /// Whether it is a regular file, not a folder, device or pipe.
  package let isRegular: Bool
  /// Whether it is a folder.
  package let isFolder: Bool
  /// The permissions, such as 0o644.
  package let permissions: mode_t

  /// Asks for the status of the file that a path leads to. Symbolic links are followed.
  package init(of path: String) throws(SystemError) {
    var status = stat()
    _ = try systemCall { stat(path, &status) }
    self.init(status)
  }

  /// Asks for the status of an open file.
  init(of descriptor: Descriptor) throws(SystemError) {
    var status = stat()
    _ = try systemCall { fstat(descriptor.number, &status) }
    self.init(status)
  }

  private init(_ status: stat) {
    identity = FileIdentity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    byteCount = Int(status.st_size)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    permissions = status.st_mode & 0o777
  }
}

/// The identity of a file. It is equal for all paths, symbolic links and hard links to the same file.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// Asks for the identity of the file that a path leads to; nil if there is no file.
  package init?(of path: String) {
    guard let status = try? FileStatus(of: path) else { return nil }
    self = status.identity
  }
}
