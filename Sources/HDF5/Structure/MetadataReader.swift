import Limits
import Platform

/// Reads blocks of metadata. Every block is read once, and all blocks together are no larger than the file. So circles and
/// overlapping blocks are found, and the size of the file limits the work.
final class MetadataReader {
  private let file: ReadableFile
  let limits = ReadingLimits.current
  /// The offset of address 0 in the file.
  let base: Int
  /// The number of bytes that addresses can reach.
  let byteCount: Int
  private var claimed: Set<Int> = []
  private var claimedByteCount = 0
  private var window: [UInt8] = []
  private var windowStart = 0
  /// The offsets of wrong checksums in the file, with the right values. If this is nil, a wrong checksum is an error.
  private(set) var repairs: [(offset: Int, checksum: UInt32)]?

  /// The greatest reach of addresses. No file is larger, and sums of a few addresses and sizes below it do not overflow.
  private static let largestByteCount = 1 << 60
  private static let windowByteCount = 1 << 14
  /// The window begins at a multiple of this number, so that it also has the blocks shortly before the first one.
  private static let pageByteCount = 1 << 12

  init(_ file: ReadableFile, base: Int, collectsRepairs: Bool = false) {
    (self.file, self.base) = (file, base)
    repairs = collectsRepairs ? [] : nil
    byteCount = min(file.byteCount - base, Self.largestByteCount)
  }

  /// The error for a file that ends before its contents do.
  var cut: StructureError {
    StructureError(
      code: .truncated,
      message: "ends after \(file.byteCount) bytes, before its contents do: it was cut or not completely written")
  }

  /// Throws unless bytes are inside of the file.
  func check(_ address: Int, count: Int, _ kind: StaticString) throws(StructureError) {
    guard address >= 0, count >= 0, address <= byteCount, count <= byteCount - address else {
      throw StructureError(
        code: .truncated, message: "the \(kind) at byte \(address) ends after the end of the file, which was cut")
    }
  }

  /// The bytes of a block that is read for the first time. They may share memory with other blocks.
  func block(at address: Int, count: Int, _ kind: StaticString) throws(StructureError) -> Fields {
    try check(address, count: count, kind)
    guard claimed.insert(address).inserted else {
      throw .corrupt("the \(kind) at byte \(address) is also used for something else")
    }
    claimedByteCount += count
    guard claimedByteCount <= byteCount else { throw .corrupt("the \(kind) at byte \(address) overlaps other blocks") }
    return try peek(at: address, count: count, kind)
  }

  /// The bytes of a block whose last four bytes are the checksum of the others. The result does not include the checksum.
  func checkedBlock(at address: Int, count: Int, _ kind: StaticString) throws(StructureError) -> Fields {
    guard count >= 4 else { throw .corrupt("the \(kind) at byte \(address) is too short for its content") }
    var fields = try block(at: address, count: count, kind)
    let content = try fields.part(count - 4)
    try compareChecksum(of: content, with: UInt32(fields.unsigned(4)), at: address + count - 4)
    return content
  }

  /// Throws unless the checksum of fields is the stored one.
  func compareChecksum(of fields: Fields, with stored: UInt32, at address: Int) throws(StructureError) {
    let checksum = MetadataChecksum.checksum(fields.rest)
    guard stored != checksum else { return }
    guard repairs == nil else {
      repairs?.append((base + address, checksum))
      return
    }
    throw fields.corrupt("does not match its checksum: the file was damaged")
  }

  /// Releases the memory of the reader, which reads no more blocks.
  func forget() { (claimed, window) = ([], []) }

  /// The bytes at an address, which may be read again. They may share memory with other blocks.
  func peek(at address: Int, count: Int, _ kind: StaticString) throws(StructureError) -> Fields {
    try check(address, count: count, kind)
    do throws(FileError) {
      if count > Self.windowByteCount - Self.pageByteCount {
        return Fields(try file.read(at: base + address, count: count), kind: kind, address: address)
      }
      if address < windowStart || address + count > windowStart + window.count {
        windowStart = address & -Self.pageByteCount
        window = try file.read(at: base + windowStart, count: min(Self.windowByteCount, byteCount - windowStart))
      }
      let start = address - windowStart
      return Fields(window, start..<start + count, kind: kind, address: address)
    } catch {
      throw StructureError(code: .inputOutput, message: error.message)
    }
  }
}
