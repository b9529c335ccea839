/// Builds small ZIP archives of one member, in which any field may be wrong.
struct ZipBuilder {
  var name = "a.npy"
  var data: [UInt8] = []
  var flags = 0
  var method = 0
  var checksum: UInt32?
  var compressedByteCount: Int?
  var byteCount: Int?
  var localOffset = 0
  var localName: String?
  var memberCount: Int?
  var disk = 0
  var directoryOffset: Int?
  var directoryByteCount: Int?
  /// Whether all sizes and offsets go to ZIP64 records.
  var isLarge = false
  var repetitions = 1
  var comment: [UInt8] = []
  /// MS-DOS's time and date in one number.
  var date = 0

  /// The bytes of the archive.
  var bytes: [UInt8] {
    let sum = Int(checksum ?? Self.checksum(of: data))
    let expanded = byteCount ?? data.count
    let compressed = compressedByteCount ?? data.count
    let large = isLarge ? 0xFFFF_FFFF : nil
    let nameInHeader = localName ?? name
    let local =
      field(0x0403_4B50, 4) + field(20, 2) + field(flags, 2) + field(method, 2) + field(date, 4) + field(sum, 4)
      + field(compressed, 4) + field(expanded, 4) + field(nameInHeader.utf8.count, 2) + field(0, 2)
      + Array(nameInHeader.utf8) + data
    let extra =
      isLarge
      ? field(9, 2) + field(1, 2) + [0] + field(1, 2) + field(24, 2) + field(expanded, 8) + field(compressed, 8)
        + field(localOffset, 8) : []
    let entry =
      field(0x0201_4B50, 4) + field(20, 2) + field(20, 2) + field(flags, 2) + field(method, 2) + field(date, 4)
      + field(sum, 4) + field(large ?? compressed, 4) + field(large ?? expanded, 4) + field(name.utf8.count, 2)
      + field(extra.count, 2) + field(0, 2) + field(0, 2) + field(0, 2) + field(0, 4) + field(large ?? localOffset, 4)
      + Array(name.utf8) + extra
    let directory = Array(repeatElement(entry, count: repetitions).joined())
    let count = memberCount ?? repetitions
    let start = directoryOffset ?? local.count
    let size = directoryByteCount ?? directory.count
    let largeEnd =
      !isLarge
      ? []
      : field(0x0606_4B50, 4) + field(44, 8) + field(45, 2) + field(45, 2) + field(disk, 4) + field(disk, 4)
        + field(count, 8) + field(count, 8) + field(size, 8) + field(start, 8)
        + field(0x0706_4B50, 4) + field(0, 4) + field(local.count + directory.count, 8) + field(1, 4)
    let end =
      field(0x0605_4B50, 4) + field(disk, 2) + field(disk, 2) + field(isLarge ? 0xFFFF : count, 2)
      + field(isLarge ? 0xFFFF : count, 2) + field(large ?? size, 4) + field(large ?? start, 4)
      + field(comment.count, 2)
    return local + directory + largeEnd + end + comment
  }

  private func field(_ value: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// CRC-32 bit by bit, as ISO 3309 defines it.
  static func checksum(of bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { remainder, byte in
      (0..<8).reduce(remainder ^ UInt32(byte)) { bits, _ in bits >> 1 ^ (bits & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
