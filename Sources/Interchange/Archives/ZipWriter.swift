import Names
import Platform

/// Writes a ZIP archive of stored members front to back. Equal members give equal bytes: every member has the same date, which is
/// the earliest date of ZIP.
package struct ZipWriter: ~Copyable {
  private let file: WritableFile
  private var position = 0
  private var directory: [UInt8] = []
  private var names: Set<Name> = []

  /// 1980-01-01 00:00:00 in MS-DOS's time and date.
  private static let date: [UInt8] = [0, 0, 0x21, 0]
  /// The greatest size without a ZIP64 field. A larger member has its sizes in this field, and the greatest 4-byte value in the
  /// usual fields.
  private static let largestSmallByteCount = 0xFFFF_FFFE

  /// Creates the file of the archive.
  ///
  /// - Throws: `InterchangeError` with code `.cannotCreate` if the file exists or cannot be created.
  package init(creating path: String) throws(InterchangeError) {
    do {
      file = try WritableFile(creating: path)
    } catch {
      throw InterchangeError(error)
    }
  }

  /// Adds a member.
  ///
  /// - Parameters:
  ///   - name: The name, at most 65535 bytes.
  ///   - byteCount: The number of bytes that follow.
  ///   - content: Writes the content. It gets a closure, and calls it with the bytes, piece by piece.
  /// - Precondition: The content has the stated number of bytes.
  /// - Throws: `InterchangeError` with code `.unsupported` for a name that is too long or occurs twice, or `.inputOutput`; the
  ///   errors of `content`.
  package mutating func add(
    _ name: Name, byteCount: Int, content: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let nameBytes = Array(name.utf8)
    guard nameBytes.count <= Int(UInt16.max), names.insert(name).inserted else {
      throw InterchangeError(
        .unsupported, "a ZIP archive cannot hold the name \"\(name)\": it is too long or occurs twice", path: file.path)
    }
    let isLarge = byteCount > Self.largestSmallByteCount
    let headerOffset = position
    let sizes = Self.field(isLarge ? Int(UInt32.max) : byteCount, 4)
    let largeSizes =
      isLarge ? Self.field(1, 2) + Self.field(16, 2) + Self.field(byteCount, 8) + Self.field(byteCount, 8) : []
    let version = Self.field(isLarge ? 45 : 20, 2)
    // Bit 11 says that the name is UTF-8; NumPy sets this bit only for names that are not ASCII.
    let flags = Self.field(nameBytes.allSatisfy { $0 < 0x80 } ? 0 : 0x800, 2)
    let start = Self.field(0x0403_4B50, 4) + version + flags + Self.field(0, 2) + Self.date
    let end = sizes + sizes + Self.field(nameBytes.count, 2) + Self.field(largeSizes.count, 2) + nameBytes + largeSizes
    try write(start + Self.field(0, 4) + end)
    var checksum = Checksum()
    var count = 0
    try content { bytes in
      checksum.add(bytes)
      count += bytes.count
      try file.append(bytes)
    }
    precondition(count == byteCount, "the member does not have the stated number of bytes")
    position += count
    let sum = Self.field(Int(checksum.value), 4)
    try file.replace(at: headerOffset + start.count, with: sum)
    let isFar = headerOffset > Self.largestSmallByteCount
    var large: [UInt8] = isLarge ? Self.field(byteCount, 8) + Self.field(byteCount, 8) : []
    if isFar { large += Self.field(headerOffset, 8) }
    let extra = large.isEmpty ? [] : Self.field(1, 2) + Self.field(large.count, 2) + large
    let needed = Self.field(large.isEmpty ? 20 : 45, 2)
    directory +=
      Self.field(0x0201_4B50, 4) + needed + needed + flags + Self.field(0, 2) + Self.date + sum + sizes + sizes
    directory += Self.field(nameBytes.count, 2) + Self.field(extra.count, 2) + Self.field(0, 2) + Self.field(0, 2)
    directory += Self.field(0, 2) + Self.field(0, 4) + Self.field(isFar ? Int(UInt32.max) : headerOffset, 4)
    directory += nameBytes + extra
  }

  /// Writes the directory and closes the file.
  ///
  /// - Throws: `InterchangeError` with code `.inputOutput`.
  package consuming func finish() throws(InterchangeError) {
    let offset = position
    let count = names.count
    var end: [UInt8] = []
    if offset > Self.largestSmallByteCount || directory.count > Self.largestSmallByteCount || count >= Int(UInt16.max) {
      end += Self.field(0x0606_4B50, 4) + Self.field(44, 8) + Self.field(45, 2) + Self.field(45, 2) + Self.field(0, 8)
      end += Self.field(count, 8) + Self.field(count, 8) + Self.field(directory.count, 8) + Self.field(offset, 8)
      end += Self.field(0x0706_4B50, 4) + Self.field(0, 4) + Self.field(offset + directory.count, 8) + Self.field(1, 4)
    }
    let smallCount = Self.field(min(count, Int(UInt16.max)), 2)
    end += Self.field(0x0605_4B50, 4) + Self.field(0, 4) + smallCount + smallCount
    end += Self.field(min(directory.count, Int(UInt32.max)), 4) + Self.field(min(offset, Int(UInt32.max)), 4)
    end += Self.field(0, 2)
    do {
      try file.append(directory)
      try file.append(end)
      try file.close()
    } catch {
      throw InterchangeError(error)
    }
  }

  private mutating func write(_ bytes: [UInt8]) throws(InterchangeError) {
    do {
      try file.append(bytes)
    } catch {
      throw InterchangeError(error)
    }
    position += bytes.count
  }

  private static func field(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
