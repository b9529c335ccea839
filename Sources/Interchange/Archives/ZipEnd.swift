/// The record at the end of a ZIP archive, which says where the directory is.
struct ZipEnd {
  /// The number of members.
  let memberCount: Int
  /// The size of the directory.
  let byteCount: Int
  /// The offset of the directory.
  let offset: Int
  /// The offset of the record that holds these numbers. The directory must end before it.
  let limit: Int

  private static let endByteCount = 22

  private init(memberCount: Int, byteCount: Int, offset: Int, limit: Int) {
    self.memberCount = memberCount
    self.byteCount = byteCount
    self.offset = offset
    self.limit = limit
  }

  /// Finds the record. Only a comment of up to 65535 bytes can follow it.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`, `.unsupported` or `.inputOutput`.
  init(of region: ByteRegion) throws(InterchangeError) {
    let tailByteCount = min(region.byteCount, Self.endByteCount + 0xFFFF)
    let tail = try region.bytes(at: region.byteCount - tailByteCount, count: tailByteCount)
    var position = tailByteCount - Self.endByteCount
    while position >= 0 {
      defer { position -= 1 }
      guard tail[position] == 0x50, tail[position...].starts(with: [0x50, 0x4B, 5, 6]),
        Int(tail[position + 20]) | Int(tail[position + 21]) << 8 == tailByteCount - Self.endByteCount - position
      else { continue }
      var fields = LittleEndianFields(Array(tail[(position + 4)...]), path: region.path)
      let disks = (try fields.uint16(), try fields.uint16())
      let counts = (try fields.uint16(), try fields.uint16())
      let byteCount = try fields.uint32()
      let offset = try fields.uint32()
      let limit = region.byteCount - tailByteCount + position
      if counts.1 == .max || byteCount == .max || offset == .max {
        if let end = try Self.findLargeEnd(of: region, before: limit) {
          self = end
          return
        }
      }
      guard disks == (0, 0), counts.0 == counts.1 else {
        throw InterchangeError(
          .unsupported, "the archive is one of several parts: join the parts first", path: region.path)
      }
      self.init(memberCount: Int(counts.1), byteCount: Int(byteCount), offset: Int(offset), limit: limit)
      return
    }
    throw InterchangeError(
      .malformed,
      "this is not a ZIP archive, or it was cut off: it does not end with a ZIP directory. Fetch or save the file again",
      path: region.path)
  }

  /// Finds the ZIP64 end record through a locator right before the end record; `nil` if there is no locator.
  private static func findLargeEnd(of region: ByteRegion, before limit: Int) throws(InterchangeError) -> ZipEnd? {
    guard limit >= 20 else { return nil }
    var locator = LittleEndianFields(try region.bytes(at: limit - 20, count: 20), path: region.path)
    guard try locator.uint32() == 0x0706_4B50 else { return nil }
    try locator.skip(4)
    let recordOffset = try locator.size()
    guard recordOffset <= limit - 20 - 56 else {
      throw InterchangeError(.malformed, "the ZIP64 record is outside of the archive", path: region.path)
    }
    var fields = LittleEndianFields(try region.bytes(at: recordOffset, count: 56), path: region.path)
    guard try fields.uint32() == 0x0606_4B50 else {
      throw InterchangeError(.malformed, "the ZIP64 record is not where the archive says", path: region.path)
    }
    try fields.skip(12)
    let disks = (try fields.uint32(), try fields.uint32())
    let counts = (try fields.size(), try fields.size())
    guard disks == (0, 0), counts.0 == counts.1 else {
      throw InterchangeError(
        .unsupported, "the archive is one of several parts: join the parts first", path: region.path)
    }
    return ZipEnd(memberCount: counts.1, byteCount: try fields.size(), offset: try fields.size(), limit: recordOffset)
  }
}
