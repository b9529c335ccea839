#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system tells about a path before the library is asked.
struct FileInspection {
  /// The first bytes of every HDF5 file, at offset 0, 512 or a doubling of that.
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  let byteCount: Int
  let hasSignature: Bool

  /// Looks at a file.
  ///
  /// - Throws: `.notFound`, `.permissionDenied`, `.notHDF5` for what is not a regular file, `.inputOutput`.
  init(path: String) throws {
    // A pipe would block the opening, and a directory would open.
    var status = stat()
    guard stat(path, &status) == 0 else { throw Self.error(path, "cannot be opened") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw HDF5Error(.notHDF5, "is not a regular file", file: path)
    }
    byteCount = Int(status.st_size)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.error(path, "cannot be opened for reading") }
    defer { closeDescriptor(descriptor) }

    var offset = 0
    var found = false
    while !found, offset <= byteCount - Self.signature.count {
      found = try Self.bytesMatchSignature(descriptor, at: offset, path)
      offset = offset == 0 ? 512 : offset * 2
    }
    hasSignature = found
  }

  private static func bytesMatchSignature(_ descriptor: CInt, at offset: Int, _ path: String) throws -> Bool {
    try withUnsafeTemporaryAllocation(byteCount: signature.count, alignment: 1) { bytes in
      let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
      guard count >= 0 else { throw error(path, "cannot be read") }
      return count == signature.count && bytes.elementsEqual(signature)
    }
  }

  private static func error(_ path: String, _ message: String) -> HDF5Error {
    let number = errno
    let code: HDF5Error.Code =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .permissionDenied
      default: .inputOutput
      }
    return HDF5Error(
      code, code == .notFound ? "there is no such file" : message, file: path,
      systemErrorNumber: code == .notFound ? nil : number)
  }
}

/// Closes a descriptor of the system.
func closeDescriptor(_ descriptor: CInt) {
  _ = close(descriptor)
}
