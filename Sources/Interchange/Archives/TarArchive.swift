import Names
import Platform

/// A tar archive in the format ustar, pax or GNU, open for reading. Links and devices are ignored. Members are never extracted to
/// files.
package struct TarArchive: Sendable {
  /// A regular file in the archive.
  package struct Member: Sendable {
    /// The name. It may look like a path, but is never used as a path.
    package let name: Name
    /// The offset of the bytes in the archive.
    let offset: Int
    /// The number of bytes.
    package let byteCount: Int
  }

  /// The regular files in the order of the archive. No name occurs twice.
  package let members: [Member]
  private let region: ByteRegion

  private static let blockByteCount = 512
  /// The size of the largest record with a long name or with attributes.
  private static let largestRecordByteCount = 1 << 20

  /// Reads the headers of an archive.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  package init(_ region: ByteRegion) throws(InterchangeError) {
    self.region = region
    var members: [Member] = []
    var names: Set<Name> = []
    var offset = 0
    var longName: [UInt8]?
    var longByteCount: Int?
    while true {
      guard offset <= region.byteCount - Self.blockByteCount else {
        throw InterchangeError(
          .malformed, "the tar archive was cut off: it does not end with an empty block", path: region.path)
      }
      let block = try region.bytes(at: offset, count: Self.blockByteCount)
      guard block.contains(where: { $0 != 0 }) else { break }
      let header = try TarHeader(block, path: region.path)
      let byteCount = longByteCount.flatMap { header.isRegular ? $0 : nil } ?? header.byteCount
      let start = offset + Self.blockByteCount
      guard byteCount <= region.byteCount - start else {
        throw InterchangeError(
          .malformed, "a member of \(byteCount) bytes goes beyond the end of the archive", path: region.path)
      }
      switch header.kind {
      case "L", "x":
        guard byteCount <= Self.largestRecordByteCount else {
          throw InterchangeError(
            .malformed, "the archive has a name of \(byteCount) bytes, which is too long", path: region.path)
        }
        let record = try region.bytes(at: start, count: byteCount)
        if header.kind == "L" {
          longName = Array(record.prefix { $0 != 0 })
        } else {
          let attributes = try TarHeader.attributes(record, path: region.path)
          longName = attributes.name ?? longName
          longByteCount = attributes.byteCount ?? longByteCount
        }
      case "S":
        throw InterchangeError(
          .unsupported, "the archive has a sparse member; write it without --sparse", path: region.path)
      default:
        if header.isRegular {
          let name = try MemberName.checked(longName ?? header.name, path: region.path)
          guard names.insert(name).inserted else {
            throw InterchangeError(
              .malformed, "the archive has two members with the name \"\(name)\"", path: region.path)
          }
          members.append(Member(name: name, offset: start, byteCount: byteCount))
        }
        // The records before a header apply only to this header.
        if header.kind != "g", header.kind != "K" { (longName, longByteCount) = (nil, nil) }
      }
      let padded = byteCount.dividedRoundingUp(by: Self.blockByteCount) * Self.blockByteCount
      offset = start + padded
    }
    self.members = members
  }

  /// Returns a member's bytes, as a region.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the member is not within this archive.
  package func content(of member: Member) throws(InterchangeError) -> ByteRegion {
    try region.part(at: member.offset, count: member.byteCount, path: "\(region.path):\(member.name)")
  }
}

/// The header of a member of a tar archive.
struct TarHeader {
  /// The name. A long name is cut to the size of its field in the header.
  let name: [UInt8]
  /// The number of bytes that follow.
  let byteCount: Int
  /// The kind of the member: `0` for a regular file.
  let kind: Unicode.Scalar

  /// Whether the member is a regular file.
  var isRegular: Bool { kind == "0" || kind == "\0" || kind == "7" }

  /// Whether a block is a header, by its checksum.
  static func isHeader(_ block: [UInt8]) -> Bool {
    guard block.count == 512, block[0] != 0, let stated = octal(block[148..<156]) else { return false }
    let sum = block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(block[$1])) }
    return sum == stated
  }

  /// - Throws: `InterchangeError` with code `.malformed`.
  init(_ block: [UInt8], path: String) throws(InterchangeError) {
    guard Self.isHeader(block) else {
      throw InterchangeError(.malformed, "a header of the tar archive does not match its checksum", path: path)
    }
    let byteCount: Int?
    if block[124] & 0x80 != 0 {
      // GNU tar writes large sizes in base 256.
      let digits = [block[124] & 0x7F] + block[125..<136]
      byteCount = digits.dropLast(7).allSatisfy { $0 == 0 } ? digits.suffix(7).reduce(0) { $0 << 8 | Int($1) } : nil
    } else {
      byteCount = Self.octal(block[124..<136])
    }
    guard let byteCount else {
      throw InterchangeError(.malformed, "a member's size in the tar archive is not a number of bytes", path: path)
    }
    self.byteCount = byteCount
    kind = Unicode.Scalar(block[156])
    let ownName = Array(block[0..<100].prefix { $0 != 0 })
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8)
    let prefix = isPOSIX ? Array(block[345..<500].prefix { $0 != 0 }) : []
    name = prefix.isEmpty ? ownName : prefix + [UInt8(ascii: "/")] + ownName
  }

  /// Reads a number in octal digits between spaces and NULs; nil for other text.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Reads the name and the size from a pax record. Each line of the record has a length, a key, `=` and a value.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`.
  static func attributes(_ record: [UInt8], path: String) throws(InterchangeError) -> (name: [UInt8]?, byteCount: Int?)
  {
    var rest = record[...]
    var name: [UInt8]?
    var byteCount: Int?
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: 0x20), let count = Int(String(decoding: rest[..<space], as: UTF8.self)),
        count > space + 1 - rest.startIndex, count <= rest.count, rest[rest.startIndex + count - 1] == 0x0A,
        let equals = rest[space..<rest.startIndex + count].firstIndex(of: UInt8(ascii: "="))
      else {
        throw InterchangeError(.malformed, "the attributes of a member of the tar archive are damaged", path: path)
      }
      let value = rest[(equals + 1)..<(rest.startIndex + count - 1)]
      switch String(decoding: rest[(space + 1)..<equals], as: UTF8.self) {
      case "path": name = Array(value)
      case "size":
        guard let size = Int(String(decoding: value, as: UTF8.self)), size >= 0 else {
          throw InterchangeError(.malformed, "a member's size in the tar archive is not a number of bytes", path: path)
        }
        byteCount = size
      default: break
      }
      rest = rest.dropFirst(count)
    }
    return (name, byteCount)
  }
}
