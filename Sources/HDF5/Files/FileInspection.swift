import Platform

/// The operating system's facts about a path, read before the library is asked.
struct FileInspection {
  /// The first bytes of every HDF5 file, at offset 0, 512 or a doubling of that.
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  let byteCount: Int
  let hasSignature: Bool

  /// Reads the facts about a file.
  ///
  /// - Throws: `.notFound`, `.permissionDenied`, `.notHDF5` if it is not a regular file, `.inputOutput`.
  init(path: String) throws {
    do throws(FileError) {
      let file = try ReadableFile(opening: path)
      byteCount = file.byteCount
      var offset = 0
      var found = false
      while !found, offset <= byteCount - Self.signature.count {
        found = try file.read(at: offset, count: Self.signature.count) == Self.signature
        offset = offset == 0 ? 512 : offset * 2
      }
      hasSignature = found
    } catch {
      throw HDF5Error(error)
    }
  }
}

extension HDF5Error {
  /// The same failure with the operating system's reason.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .notReadable: error.reason == nil ? .notHDF5 : .permissionDenied
      case .malformed: .truncated
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(code, error.summary, file: error.path, reason: error.reason)
  }
}
