import Names
import Platform

/// A ZIP archive, open for reading. Members are read in bounded memory. They are never extracted to files with their names.
///
/// Opening checks the directory and the headers of all members: no members overlap, all members are within the archive, and no
/// member claims more bytes than its compressed data can expand to. Reading checks each member's size and CRC-32.
package struct ZipArchive: Sendable {
  /// A member of an archive.
  package typealias Member = ZipMember

  /// The members in the order of the directory. No name occurs twice; names are compared by their bytes.
  package let members: [Member]
  /// The archive's bytes.
  package let region: ByteRegion
  private let indices: [Name: Int]

  /// The path for messages.
  package var path: String { region.path }

  /// The greatest size of an expanded member in memory. A larger member goes to a temporary file.
  package static let largestByteCountInMemory = 1 << 22

  /// Opens the archive at a path.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.malformed`, `.unsupported` (encrypted members, archives
  ///   in several parts, compression other than deflate) or `.inputOutput`.
  package init(opening path: String) throws(InterchangeError) {
    try self.init(ByteRegion(opening: path))
  }

  /// Opens an archive inside a file. Throws the errors of `init(opening:)`.
  package init(_ region: ByteRegion) throws(InterchangeError) {
    self.region = region
    members = try ZipDirectory(of: region).members
    indices = Dictionary(members.enumerated().map { ($1.name, $0) }) { first, _ in first }
  }

  /// The member with a name; nil if there is no such member.
  package func member(_ name: Name) -> Member? { indices[name].map { members[$0] } }

  /// Calls a closure with the bytes of a member front to back, in blocks of at most `ByteRegion.blockByteCount` bytes.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the member's size or checksum is wrong, which is known only after the last
  ///   block, or `.inputOutput`; the errors of the closure.
  package func read(_ member: Member, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var checksum = Checksum()
    let data = try data(of: member)
    if member.isDeflated {
      let inflater = try Inflater(data)
      var position = 0
      let capacity = min(ByteRegion.blockByteCount, member.byteCount) + 1
      try withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 64) { buffer in
        while true {
          // Try to read one more byte than expected, to find data that are too long.
          let wanted = min(ByteRegion.blockByteCount, member.byteCount - position + 1)
          let count = try inflater.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
          position += count
          guard position <= member.byteCount else { break }
          let block = UnsafeRawBufferPointer(rebasing: buffer[..<count])
          checksum.add(block)
          try body(block)
          guard count == wanted else { break }
        }
      }
      guard position == member.byteCount, inflater.isExhausted else {
        throw InterchangeError(
          .malformed,
          "the compressed data do not expand to the stated \(member.byteCount) bytes: the archive is damaged",
          path: data.path)
      }
    } else {
      try data.forEachBlock(at: 0, count: data.byteCount) { block in
        checksum.add(UnsafeRawBufferPointer(block))
        try body(UnsafeRawBufferPointer(block))
      }
    }
    guard checksum.value == member.checksum else {
      throw InterchangeError(
        .malformed, "the data do not match their checksum: the archive was damaged, fetch or write it again",
        path: data.path)
    }
  }

  /// Reads all bytes of a small member, such as a description.
  ///
  /// - Throws: The errors of `read(_:_:)`, and `InterchangeError` with code `.unsupported` if the member has more bytes than the limit.
  package func bytes(of member: Member, limit: Int) throws(InterchangeError) -> [UInt8] {
    let path = memberPath(member)
    guard member.byteCount <= limit else {
      throw InterchangeError(
        .unsupported, "has \(member.byteCount) bytes; such a member may have at most \(limit) bytes", path: path)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(member.byteCount)
    try InterchangeError.about(path) { try read(member) { bytes += $0 } }
    return bytes
  }

  /// Reads the first `count` bytes of a member, or all bytes if there are fewer. The checksum is not checked, because it covers all bytes.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  package func beginning(of member: Member, count: Int) throws(InterchangeError) -> [UInt8] {
    let data = try data(of: member)
    let count = min(count, member.byteCount)
    guard member.isDeflated else { return try data.bytes(at: 0, count: count) }
    let inflater = try Inflater(data)
    return try InterchangeError.about(data.path) {
      try [UInt8](unsafeUninitializedCapacity: count) { bytes, initializedCount in
        let buffer = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<count])
        initializedCount = count == 0 ? 0 : try inflater.read(into: buffer)
      }
    }
  }

  /// Checks the checksum of a member, and returns its bytes, which can be read at any offset.
  ///
  /// A deflated member of more than `largestByteCountInMemory` bytes is expanded to a temporary file without a name.
  ///
  /// - Throws: The errors of `read(_:_:)`, and `InterchangeError` with code `.cannotCreate` if no temporary file can be
  ///   created.
  /// - Complexity: O(n) in the size of the member; the other members are not read.
  package func content(of member: Member) throws(InterchangeError) -> ByteRegion {
    let path = memberPath(member)
    if member.isDeflated, member.byteCount <= ZipArchive.largestByteCountInMemory {
      return ByteRegion(try bytes(of: member, limit: ZipArchive.largestByteCountInMemory), path: path)
    }
    guard member.isDeflated else {
      try InterchangeError.about(path) { try read(member) { _ in } }
      return try data(of: member)
    }
    let temporary = try temporaryFile(of: member)
    return try InterchangeError.about(path) { ByteRegion(try ReadableFile(temporary, path: path)) }
  }

  /// Copies a member to a temporary file.
  ///
  /// - Parameter keepsName: Whether the file has a name until `removeName()`, for libraries that open files by their paths.
  /// - Throws: The errors of `content(of:)`.
  package func temporaryFile(of member: Member, keepsName: Bool = false) throws(InterchangeError) -> TemporaryFile {
    try InterchangeError.about(memberPath(member)) {
      let temporary = try TemporaryFile(keepsName: keepsName)
      try read(member) { try temporary.append($0) }
      return temporary
    }
  }

  /// The path of a member in messages, such as `weights.npz:a.npy`.
  package func memberPath(_ member: Member) -> String { "\(path):\(member.name)" }

  private func data(of member: Member) throws(InterchangeError) -> ByteRegion {
    try region.part(at: member.dataOffset, count: member.compressedByteCount, path: memberPath(member))
  }
}

/// A member of a ZIP archive.
package struct ZipMember: Sendable {
  /// The name. It may look like a path, but is never used as a path.
  package var name: Name
  /// Whether the data are deflated. Otherwise, they are stored without compression.
  package var isDeflated: Bool
  /// The number of bytes after expansion.
  package var byteCount: Int
  /// The number of bytes in the archive.
  package var compressedByteCount: Int
  /// The CRC-32 of the expanded bytes.
  var checksum: UInt32
  /// The offset of the member's header.
  var headerOffset: Int
  /// The offset of the member's data.
  var dataOffset = 0
}
