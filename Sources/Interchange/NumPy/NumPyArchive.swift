import CDeflate
import Messages
import Platform
import Tensors

/// An `.npz` archive: a ZIP file whose members are `.npy` files, as `numpy.savez` and `numpy.savez_compressed` write it.
public struct NumPyArchive: Sendable {
  /// The path of the archive.
  public var path: String { file.path }
  /// The names of the arrays in the order of the archive, without the extension `.npy`.
  public let memberNames: [String]

  private let file: ReadableFile
  private let directory: ZipDirectory

  /// Opens an archive and checks its directory.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.malformed`, `.unsupported` (encrypted members,
  ///   archives in several parts, compression other than deflate) or `.inputOutput`.
  public init(opening path: String) throws(InterchangeError) {
    file = try ReadableFile.open(path)
    directory = try ZipDirectory(of: file)
    memberNames = directory.members.map(\.name).filter { $0.hasSuffix(Self.fileExtension) }
      .map { String($0.dropLast(Self.fileExtension.count)) }
  }

  /// Reads and expands one member into memory, and checks it against its CRC-32.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember`, `.malformed`, `.unsupported` or `.inputOutput`.
  /// - Complexity: O(n) in the size of the member; the other members are not read.
  public func array(named name: String) throws(InterchangeError) -> NumPyArray {
    guard let member = directory.members.first(where: { $0.name == name + Self.fileExtension }) else {
      let advice = suggestion(for: name, among: memberNames, noun: "array")
      throw InterchangeError(.noSuchMember, "there is no array \"\(name)\". \(advice)", path: path)
    }
    let memberPath = "\(path):\(name)"
    let stored = try directory.dataRange(of: member, in: file)
    var bytes = try file.bytes(at: stored.lowerBound, count: stored.count)
    if member.isDeflated { bytes = try Self.inflating(bytes, to: member.byteCount, path: memberPath) }
    guard libdeflate_crc32(0, bytes, bytes.count) == member.checksum else {
      throw InterchangeError(
        .malformed, "the data do not match their checksum: the archive was damaged, fetch or write it again",
        path: memberPath)
    }
    return try NumPyArray(bytes: bytes, path: memberPath)
  }

  private static let fileExtension = ".npy"

  private static func inflating(_ bytes: [UInt8], to byteCount: Int, path: String) throws(InterchangeError) -> [UInt8] {
    guard Memory.canProvide(byteCount: byteCount), let decompressor = libdeflate_alloc_decompressor() else {
      throw InterchangeError(.inputOutput, "there is no memory to expand the member", path: path)
    }
    defer { libdeflate_free_decompressor(decompressor) }
    var result = LIBDEFLATE_BAD_DATA
    var takenByteCount = 0
    let expanded = [UInt8](unsafeUninitializedCapacity: byteCount) { target, initializedCount in
      // libdeflate wants an address even for no bytes.
      var nothing: UInt8 = 0
      withUnsafeMutablePointer(to: &nothing) { nothing in
        result = libdeflate_deflate_decompress_ex(
          decompressor, bytes, bytes.count, target.baseAddress ?? nothing, byteCount, &takenByteCount, &initializedCount
        )
      }
      if result != LIBDEFLATE_SUCCESS { initializedCount = 0 }
    }
    guard result == LIBDEFLATE_SUCCESS, takenByteCount == bytes.count, expanded.count == byteCount else {
      throw InterchangeError(
        .malformed, "the compressed data do not expand to the \(byteCount) bytes stated: the archive is damaged",
        path: path)
    }
    return expanded
  }
}
