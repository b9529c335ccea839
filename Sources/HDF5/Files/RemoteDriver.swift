import CHDF5
import Platform

/// The driver through which the library reads a file on another machine.
///
/// Drivers of the library itself do not suffice. `ROS3` makes a request for each read and does not repeat failed ones.
enum RemoteDriver {
  /// An open file in the form that the library requires of a driver.
  private struct OpenFile {
    /// The library's own fields, which have to be the first ones.
    var head: H5FD_t
    let file: Unmanaged<ReadableFile>
    /// The end of the addresses that the library uses.
    var end: haddr_t
  }

  /// Sets this driver, and the file to read, in a property list for opening files. Call it under the lock.
  ///
  /// - Returns: A negative number if the library refuses.
  static func set(_ file: ReadableFile, in properties: hid_t) -> herr_t {
    // The library copies the information, which is the pointer.
    var pointer = Unmanaged.passUnretained(file).toOpaque()
    return H5Pset_driver(properties, identifier, &pointer)
  }

  /// The library's number of the driver, which is registered once for the process.
  private static let identifier: hid_t = {
    var driver = chdf5_empty_driver()
    let name: StaticString = "swift_bricks_remote"
    driver.name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    driver.maxaddr = haddr_t(Int64.max)
    driver.fc_degree = H5F_CLOSE_STRONG
    driver.fapl_size = MemoryLayout<UnsafeRawPointer>.size
    driver.open = { _, flags, properties, _ in
      guard flags & chdf5_access_read_write() == 0, let information = H5Pget_driver_info(properties) else { return nil }
      let file = Unmanaged<ReadableFile>.fromOpaque(information.load(as: UnsafeRawPointer.self)).retain()
      let open = UnsafeMutablePointer<OpenFile>.allocate(capacity: 1)
      open.initialize(to: OpenFile(head: H5FD_t(), file: file, end: 0))
      return UnsafeMutableRawPointer(open).assumingMemoryBound(to: H5FD_t.self)
    }
    driver.close = { head in
      let open = RemoteDriver.openFile(head)
      open?.pointee.file.release()
      open?.deallocate()
      return 0
    }
    driver.query = { _, features in
      features?.pointee = 0
      return 0
    }
    driver.get_eoa = { head, _ in RemoteDriver.openFile(head)?.pointee.end ?? chdf5_undefined_address() }
    driver.set_eoa = { head, _, end in
      RemoteDriver.openFile(head)?.pointee.end = end
      return 0
    }
    driver.get_eof = { head, _ in
      RemoteDriver.openFile(head).map { haddr_t($0.pointee.file.takeUnretainedValue().byteCount) }
        ?? chdf5_undefined_address()
    }
    driver.read = { head, _, _, address, count, bytes in
      guard let open = RemoteDriver.openFile(head), let offset = Int(exactly: address) else { return -1 }
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: count)
      do throws(FileError) {
        try open.pointee.file.takeUnretainedValue().read(into: buffer, at: offset)
        return 0
      } catch {
        // The file keeps the error, and `FileReference` reports it.
        return -1
      }
    }
    driver.write = { _, _, _, _, _, _ in -1 }
    return H5FDregister(&driver)
  }()

  private static func openFile(_ head: UnsafeRawPointer?) -> UnsafeMutablePointer<OpenFile>? {
    head.map { UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: OpenFile.self) }
  }
}
