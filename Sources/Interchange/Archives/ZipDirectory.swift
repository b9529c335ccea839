import Limits
import Messages
import Names
import Platform

/// The members of a ZIP archive, from its central directory (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3).
///
/// Every number in the file is checked before it is used. Sizes beyond 4 GB (ZIP64) are supported. Archives in several parts and
/// encrypted members are not supported.
struct ZipDirectory {
  /// The members in the order of the directory; no name occurs twice.
  let members: [ZipMember]

  /// The size of the largest directory that is read. It is enough for two million members.
  static let largestByteCount = 1 << 28
  private static let headerByteCount = 30

  /// Reads the directory of an archive and the headers of its members.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`, `.unsupported` or `.inputOutput`.
  init(of region: ByteRegion) throws(InterchangeError) {
    let end = try ZipEnd(of: region)
    guard end.offset <= end.limit, end.byteCount <= end.limit - end.offset else {
      throw InterchangeError(.malformed, "the ZIP directory is outside of the archive", path: region.path)
    }
    guard end.byteCount <= Self.largestByteCount else {
      throw InterchangeError(
        .unsupported, "the ZIP directory has \(end.byteCount) bytes; at most \(Self.largestByteCount) are read",
        path: region.path)
    }
    var fields = LittleEndianFields(try region.bytes(at: end.offset, count: end.byteCount), path: region.path)
    var members: [ZipMember] = []
    var names: Set<Name> = []
    while !fields.isAtEnd {
      let member = try Self.member(&fields, path: region.path)
      guard names.insert(member.name).inserted else {
        throw InterchangeError(
          .malformed, "the archive has two members with the name \"\(member.name)\"", path: region.path)
      }
      members.append(member)
    }
    guard members.count == end.memberCount else {
      throw InterchangeError(
        .malformed, "the ZIP directory has \(counted(members.count, "member")), not \(end.memberCount) as stated",
        path: region.path)
    }
    try Self.locate(&members, in: region, directoryOffset: end.offset)
    self.members = members
  }

  /// Finds the beginning of each member's data from the member's header. The headers must agree with the directory and not overlap.
  private static func locate(
    _ members: inout [ZipMember], in region: ByteRegion, directoryOffset: Int
  ) throws(InterchangeError) {
    var end = 0
    for index in members.indices.sorted(by: { members[$0].headerOffset < members[$1].headerOffset }) {
      let member = members[index]
      let path = "\(region.path):\(member.name)"
      let name = Array(member.name.utf8)
      guard directoryOffset >= headerByteCount, member.headerOffset <= directoryOffset - headerByteCount else {
        throw InterchangeError(.malformed, "the member's header is outside of the archive", path: path)
      }
      guard member.headerOffset >= end else {
        throw InterchangeError(
          .malformed, "the member overlaps the member before it: the archive is damaged or malicious", path: path)
      }
      let count = min(headerByteCount + name.count, directoryOffset - member.headerOffset)
      var fields = LittleEndianFields(try region.bytes(at: member.headerOffset, count: count), path: path)
      guard try fields.uint32() == 0x0403_4B50 else {
        throw InterchangeError(.malformed, "the member's header is not where the ZIP directory says", path: path)
      }
      try fields.skip(4)
      let method = try fields.uint16()
      try fields.skip(16)
      let nameByteCount = Int(try fields.uint16())
      let extraByteCount = Int(try fields.uint16())
      guard nameByteCount == name.count, try fields.bytes(nameByteCount) == name, (method == 8) == member.isDeflated
      else {
        throw InterchangeError(
          .malformed, "the member's header and the ZIP directory disagree on its name or compression", path: path)
      }
      members[index].dataOffset = member.headerOffset + headerByteCount + nameByteCount + extraByteCount
      guard members[index].dataOffset <= directoryOffset,
        member.compressedByteCount <= directoryOffset - members[index].dataOffset
      else {
        throw InterchangeError(.malformed, "the member's data are outside of the archive", path: path)
      }
      end = members[index].dataOffset + member.compressedByteCount
    }
  }
}

extension ZipDirectory {
  /// Reads one entry of the directory.
  private static func member(_ fields: inout LittleEndianFields, path: String) throws(InterchangeError) -> ZipMember {
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
    let name = try MemberName.checked(fields.bytes(nameByteCount), path: path)
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
    var member = ZipMember(
      name: name, isDeflated: method == 8, byteCount: Int(sizes.expanded),
      compressedByteCount: Int(sizes.compressed), checksum: checksum, headerOffset: Int(offset))
    if sizes.expanded == .max || sizes.compressed == .max || offset == .max, var large = try extra.extraField(1) {
      // The ZIP64 field holds the numbers that did not fit into their usual fields, in this order.
      if sizes.expanded == .max { member.byteCount = try large.size() }
      if sizes.compressed == .max { member.compressedByteCount = try large.size() }
      if offset == .max { member.headerOffset = try large.size() }
    }
    let bound = member.compressedByteCount.multipliedReportingOverflow(by: ReadingLimits.current.expansion)
    guard
      member.isDeflated
        ? bound.overflow || member.byteCount <= bound.partialValue
        : member.byteCount == member.compressedByteCount
    else {
      throw InterchangeError(
        .malformed,
        "\(member.compressedByteCount) bytes cannot expand to \(member.byteCount) bytes within the limit; if you "
          + "trust this archive, raise ReadingLimits.expansion in your program",
        path: memberPath)
    }
    return member
  }
}

/// Checks the names of members, because names appear in messages and reports.
enum MemberName {
  /// Returns the name, after checking that it is printable UTF-8 and does not lead out of the archive.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`.
  static func checked(_ bytes: [UInt8], path: String) throws(InterchangeError) -> Name {
    guard let name = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw InterchangeError(.malformed, "a member's name is not printable UTF-8", path: path)
    }
    guard
      !bytes.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }).contains(
        Array("..".utf8)[...])
    else {
      throw InterchangeError(
        .malformed, "the name of the member \"\(name)\" leads out of the archive; write the archive again", path: path)
    }
    return Name(name)
  }
}
