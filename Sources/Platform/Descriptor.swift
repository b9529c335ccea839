import CSystem
import Synchronization

/// An open file of the operating system. The file is closed by `close()`, or when the last reference to this object ends.
/// Several threads may use it.
package final class Descriptor: Sendable {
  /// The number by which the operating system identifies the open file.
  package let number: Int32
  private let isOwned = Atomic(true)

  /// Takes ownership of an open file.
  package init(owning number: Int32) { self.number = number }

  /// Opens a file. Programs that this process starts do not inherit it.
  ///
  /// - Parameters:
  ///   - flags: The flags for opening, such as `O_RDONLY`.
  ///   - permissions: The permissions of a new file, before the process's mask is applied.
  package convenience init(
    opening path: String, _ flags: Int32, permissions: mode_t = 0o666
  ) throws(SystemError) {
    self.init(owning: try systemCall { open(path, flags | O_CLOEXEC, permissions) })
  }

  /// Duplicates the descriptor of an open file. Both descriptors share the position, and each descriptor has to be closed.
  package convenience init(duplicating number: Int32) throws(SystemError) {
    self.init(owning: try systemCall { fcntl(number, F_DUPFD_CLOEXEC, 0) })
  }

  deinit { if isOwned.load(ordering: .relaxed) { _ = closeDescriptor(number) } }

  /// Closes the file.
  ///
  /// Some file systems report a failed write only when the file is closed.
  package func close() throws(SystemError) {
    guard isOwned.exchange(false, ordering: .relaxed) else { return }
    // After an interrupted close, the descriptor is already closed. Closing it again could close another thread's file.
    guard closeDescriptor(number) == 0 || errno == EINTR else { throw SystemError.last }
  }

  /// Reads from an offset until the buffer is full or the file ends.
  ///
  /// - Returns: The number of bytes that were read. It is less than the size of the buffer only at the end of the file.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try systemCall {
        pread(number, rest.baseAddress, min(rest.count, Self.largestTransfer), off_t(offset + done))
      }
      guard count > 0 else { break }
      done += count
    }
    return done
  }

  /// Writes all bytes, beginning at an offset.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
    try writeAll(bytes) { pwrite(number, $0.baseAddress, $0.count, off_t(offset + $1)) }
  }

  /// Writes all bytes, beginning at an offset, and reads them back.
  ///
  /// - Throws: `SystemError`; its number is `EIO` if the bytes that are read back differ.
  package func writeChecked(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
    try write(bytes, at: offset)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(1 << 18, bytes.count), alignment: 64)
    defer { block.deallocate() }
    var position = 0
    while position < bytes.count {
      let written = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(block.count))
      let count = try read(
        into: UnsafeMutableRawBufferPointer(rebasing: block[..<written.count]), at: offset + position)
      guard count == written.count, memcmp(block.baseAddress!, written.baseAddress!, count) == 0 else {
        throw SystemError(number: EIO)
      }
      position += count
    }
  }

  /// Writes all bytes at the current position. On a terminal, this is the end of the text.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    try writeAll(bytes) { rest, _ in writeDescriptor(number, rest.baseAddress, rest.count) }
  }

  /// Writes all bytes at the current position.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    let result = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try write(bytes) } }
    try result.get()
  }

  private func writeAll(
    _ bytes: UnsafeRawBufferPointer, _ call: (_ rest: UnsafeRawBufferPointer, _ done: Int) -> Int
  ) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...].prefix(Self.largestTransfer))
      let count = try systemCall { call(rest, done) }
      // If the system writes no bytes without an error, use EIO as the reason.
      guard count > 0 else { throw SystemError(number: EIO) }
      done += count
    }
  }

  /// Asks the system to begin writing bytes to the disk, so that `synchronize()` later waits for fewer bytes.
  package func startSynchronizing(_ range: Range<Int>) {
    cs_start_writing_back(number, Int64(range.lowerBound), Int64(range.count))
  }

  /// Waits until all written bytes have reached the disk.
  package func synchronize() throws(SystemError) { _ = try systemCall { fsync(number) } }

  /// Sets the permissions, such as 0o644.
  func setPermissions(_ permissions: mode_t) throws(SystemError) { _ = try systemCall { fchmod(number, permissions) } }

  /// The result of locking a file.
  enum LockOutcome {
    case locked
    /// Another descriptor has the lock.
    case refused
    /// The file system does not support locks.
    case unavailable
  }

  /// Locks the whole file for this descriptor. The lock ends when the file is closed here, or the process ends.
  func lock() -> LockOutcome {
    var region = flock()
    region.l_type = Int16(F_WRLCK)
    region.l_whence = Int16(SEEK_SET)
    if fcntl(number, setDescriptorLock, &region) == 0 { return .locked }
    return errno == EAGAIN || errno == EACCES ? .refused : .unavailable
  }

  /// The status of the file, as the operating system reports it.
  package var status: FileStatus { get throws(SystemError) { try FileStatus(of: self) } }

  /// The greatest size of one transfer. Linux transfers at most 2 GiB in one call, and macOS refuses more.
  private static let largestTransfer = 1 << 30
}

/// The system's `close` and `write`. Inside `Descriptor`, its methods hide the names `close` and `write`.
private func closeDescriptor(_ number: Int32) -> Int32 { close(number) }
private func writeDescriptor(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(number, bytes, count)
}
