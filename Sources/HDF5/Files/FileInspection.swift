import Platform
import Remote

/// The operating system's facts about a path, read before the library opens the file.
struct FileInspection {
  /// The signature of HDF5 files. It is at one of the offsets 0, 512, 1024, 2048 and so on.
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The signature of a remote file is searched for only in this number of bytes.
  private static let remoteByteCount = 1 << 16

  let byteCount: Int
  /// The offset of the signature; nil if the file has no signature of HDF5.
  let signatureOffset: Int?
  let file: ReadableFile

  /// Reads the facts about a file.
  ///
  /// - Throws: `.notFound`, `.permissionDenied`, `.notHDF5` if it is not a regular file, or `.inputOutput`.
  init(path: String) throws {
    do throws(FileError) {
      file = try ReadableFile(at: path)
      byteCount = file.byteCount
      // On another machine, each further offset would need another request.
      let last = file.remote == nil ? byteCount : min(byteCount, Self.remoteByteCount)
      var offset = 0
      var found: Int?
      while found == nil, offset <= last - Self.signature.count {
        if try file.read(at: offset, count: Self.signature.count) == Self.signature { found = offset }
        offset = offset == 0 ? 512 : offset * 2
      }
      signatureOffset = found
    } catch {
      throw HDF5Error(error)
    }
  }
}

extension FileInspection {
  /// Checks the root group, and returns the object that checks the rest of the file's structure.
  ///
  /// - Parameter name: The path to name in messages.
  /// - Throws: `.notHDF5`, `.corrupt`, `.refused`, `.truncated` or `.inputOutput`.
  func structure(calledAs name: String) throws -> FileStructure {
    guard let signatureOffset else {
      throw HDF5Error(.notHDF5, byteCount == 0 ? "is empty, not an HDF5 file" : "is not an HDF5 file", file: name)
    }
    do throws(StructureError) {
      return try FileStructure(file, base: signatureOffset)
    } catch {
      throw HDF5Error(error, file: name, objectPath: nil)
    }
  }
}

extension File {
  /// The wrong checksums of metadata, each with its offset in the file and the right value. A test that changes a file repairs
  /// the checksums with these values, so that the reader gets to the later checks.
  package static func wrongChecksums(inFile path: String) throws -> [(offset: Int, checksum: UInt32)] {
    let inspection = try FileInspection(path: path)
    guard let base = inspection.signatureOffset else { return [] }
    let reader = MetadataReader(inspection.file, base: base, collectsRepairs: true)
    try? FileStructure(reader).checkAll(file: path)
    return reader.repairs ?? []
  }
}

extension HDF5Error {
  /// Converts an error of the operating system.
  init(_ error: FileError) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .notReadable: error.reason == nil ? .notHDF5 : .permissionDenied
      case .denied: .permissionDenied
      case .malformed: .truncated
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(code, error.summary, file: error.path, reason: error.reason)
  }
}
