import Platform

/// The members of a ZIP archive, from its central directory (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3).
///
/// Every number comes from the file and is checked before use; sizes beyond 4 GB (ZIP64) are read, archives in several
/// parts and encrypted members are not.
struct ZipDirectory {
  /// A member: where its data are and what they must expand to.
  struct Member {
    var name: String
    var isDeflated: Bool
    var checksum: UInt32
    var compressedByteCount: Int
    var byteCount: Int
    var localHeaderOffset: Int
  }

  /// The members in the order of the directory; no name occurs twice.
  let members: [Member]
  /// Where the directory begins; all members' data lie before.
  let offset: Int

  /// Deflate cannot expand by more than 1032; a member that claims more is a lie.
  private static let largestExpansion = 1100
  private static let endByteCount = 22

  /// Reads the directory of an archive.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`, `.unsupported` or `.inputOutput`.
  init(of file: ReadableFile) throws(InterchangeError) {
    let end = try Self.findEnd(of: file)
    guard end.offset <= end.limit, end.byteCount <= end.limit - end.offset else {
      throw InterchangeError(.malformed, "the ZIP directory lies outside the archive", path: file.path)
    }
    var fields = LittleEndianFields(try file.bytes(at: end.offset, count: end.byteCount), path: file.path)
    var members: [Member] = []
    var names: Set<String> = []
    while !fields.isAtEnd {
      let member = try Self.member(&fields, path: file.path)
      guard names.insert(member.name).inserted else {
        throw InterchangeError(.malformed, "the archive has two members '\(member.name)'", path: file.path)
      }
      members.append(member)
    }
    guard members.count == end.memberCount else {
      throw InterchangeError(
        .malformed, "the ZIP directory has \(members.count) members, not \(end.memberCount) as stated", path: file.path)
    }
    self.members = members
    offset = end.offset
  }

  /// Where a member's data begin, from its local header, which must agree with the directory.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  func dataRange(of member: Member, in file: ReadableFile) throws(InterchangeError) -> Range<Int> {
    let path = "\(file.path):\(member.name)"
    guard member.localHeaderOffset <= offset - 30 else {
      throw InterchangeError(.malformed, "the member's header lies outside the archive", path: path)
    }
    var fields = LittleEndianFields(try file.bytes(at: member.localHeaderOffset, count: 30), path: path)
    guard try fields.uint32() == 0x0403_4B50 else {
      throw InterchangeError(.malformed, "the member's header is not where the ZIP directory says", path: path)
    }
    try fields.skip(22)
    let nameByteCount = Int(try fields.uint16())
    let extraByteCount = Int(try fields.uint16())
    let nameOffset = member.localHeaderOffset + 30
    guard nameOffset + nameByteCount + extraByteCount <= offset - member.compressedByteCount else {
      throw InterchangeError(.malformed, "the member's data lie outside the archive", path: path)
    }
    guard try file.bytes(at: nameOffset, count: nameByteCount) == Array(member.name.utf8) else {
      throw InterchangeError(.malformed, "the member's header and the ZIP directory disagree on its name", path: path)
    }
    let start = nameOffset + nameByteCount + extraByteCount
    return start..<(start + member.compressedByteCount)
  }
}

extension ZipDirectory {
  private struct End {
    var memberCount: Int
    var byteCount: Int
    var offset: Int
    /// Where the record that states these begins; the directory must end before.
    var limit: Int
  }

  /// The end record is the last thing in the file but for a comment of up to 65535 bytes.
  private static func findEnd(of file: ReadableFile) throws(InterchangeError) -> End {
    let tailByteCount = min(file.byteCount, endByteCount + 0xFFFF)
    let tail = try file.bytes(at: file.byteCount - tailByteCount, count: tailByteCount)
    var position = tailByteCount - endByteCount
    while position >= 0 {
      defer { position -= 1 }
      guard tail[position] == 0x50, tail[position...].starts(with: [0x50, 0x4B, 5, 6]),
        Int(tail[position + 20]) | Int(tail[position + 21]) << 8 == tailByteCount - endByteCount - position
      else { continue }
      var fields = LittleEndianFields(Array(tail[(position + 4)...]), path: file.path)
      let disks = (try fields.uint16(), try fields.uint16())
      let counts = (try fields.uint16(), try fields.uint16())
      let byteCount = try fields.uint32()
      let offset = try fields.uint32()
      let limit = file.byteCount - tailByteCount + position
      if counts.1 == .max || byteCount == .max || offset == .max {
        if let end = try findLargeEnd(of: file, before: limit) { return end }
      }
      guard disks == (0, 0), counts.0 == counts.1 else {
        throw InterchangeError(.unsupported, "the archive is one of several parts: join them first", path: file.path)
      }
      return End(memberCount: Int(counts.1), byteCount: Int(byteCount), offset: Int(offset), limit: limit)
    }
    throw InterchangeError(
      .malformed, "this is not an .npz archive, or it was cut off: it does not end with a ZIP directory",
      path: file.path)
  }

  /// The ZIP64 end record, found through a locator right before the end record; `nil` where there is no locator.
  private static func findLargeEnd(of file: ReadableFile, before limit: Int) throws(InterchangeError) -> End? {
    guard limit >= 20 else { return nil }
    var locator = LittleEndianFields(try file.bytes(at: limit - 20, count: 20), path: file.path)
    guard try locator.uint32() == 0x0706_4B50 else { return nil }
    try locator.skip(4)
    let recordOffset = try locator.size()
    guard recordOffset <= limit - 20 - 56 else {
      throw InterchangeError(.malformed, "the ZIP64 record lies outside the archive", path: file.path)
    }
    var fields = LittleEndianFields(try file.bytes(at: recordOffset, count: 56), path: file.path)
    guard try fields.uint32() == 0x0606_4B50 else {
      throw InterchangeError(.malformed, "the ZIP64 record is not where the archive says", path: file.path)
    }
    try fields.skip(12)
    let disks = (try fields.uint32(), try fields.uint32())
    let counts = (try fields.size(), try fields.size())
    guard disks == (0, 0), counts.0 == counts.1 else {
      throw InterchangeError(.unsupported, "the archive is one of several parts: join them first", path: file.path)
    }
    return End(memberCount: counts.1, byteCount: try fields.size(), offset: try fields.size(), limit: recordOffset)
  }

  private static func member(_ fields: inout LittleEndianFields, path: String) throws(InterchangeError) -> Member {
    guard try fields.uint32() == 0x0201_4B50 else {
      throw InterchangeError(.malformed, "the ZIP directory is damaged", path: path)
    }
    try fields.skip(4)
    let flags = try fields.uint16()
    let method = try fields.uint16()
    try fields.skip(4)
    let checksum = try fields.uint32()
    let sizes = (compressed: try fields.uint32(), expanded: try fields.uint32())
    let nameByteCount = Int(try fields.uint16())
    let extraByteCount = Int(try fields.uint16())
    let commentByteCount = Int(try fields.uint16())
    try fields.skip(8)
    let offset = try fields.uint32()
    let nameBytes = try fields.bytes(nameByteCount)
    // Control characters would reach terminals through error messages.
    guard let name = String(validating: nameBytes, as: UTF8.self), nameBytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else {
      throw InterchangeError(.malformed, "a member's name is not printable UTF-8", path: path)
    }
    let memberPath = "\(path):\(name)"
    var extra = LittleEndianFields(try fields.bytes(extraByteCount), path: memberPath)
    try fields.skip(commentByteCount)
    guard flags & 1 == 0 else {
      throw InterchangeError(
        .unsupported, "the member is encrypted: write the archive without a password", path: memberPath)
    }
    guard method == 0 || method == 8 else {
      throw InterchangeError(
        .unsupported, "the member is compressed by method \(method): only stored and deflated members are read",
        path: memberPath)
    }
    var member = Member(
      name: name, isDeflated: method == 8, checksum: checksum, compressedByteCount: Int(sizes.compressed),
      byteCount: Int(sizes.expanded), localHeaderOffset: Int(offset))
    if sizes.expanded == .max || sizes.compressed == .max || offset == .max, var large = try extra.extraField(1) {
      // The ZIP64 field holds those numbers that did not fit, in this order.
      if sizes.expanded == .max { member.byteCount = try large.size() }
      if sizes.compressed == .max { member.compressedByteCount = try large.size() }
      if offset == .max { member.localHeaderOffset = try large.size() }
    }
    let bound = member.compressedByteCount.multipliedReportingOverflow(by: largestExpansion)
    guard
      member.isDeflated
        ? bound.overflow || member.byteCount <= bound.partialValue
        : member.byteCount == member.compressedByteCount
    else {
      throw InterchangeError(
        .malformed, "\(member.compressedByteCount) bytes cannot expand to \(member.byteCount) as the archive claims",
        path: memberPath)
    }
    return member
  }
}
