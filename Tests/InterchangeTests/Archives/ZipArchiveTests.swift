import Foundation
import Interchange
import Testing

@Suite("ZIP archives")
struct ZipArchiveTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Writes members, each with its bytes, by the writer of this library.
  func archive(_ members: [(Name, [UInt8])]) throws -> String {
    let path = try directory.file("archive-\(UUID().uuidString).zip")
    var writer = try ZipWriter(creating: path)
    for (name, bytes) in members {
      try writer.add(name, byteCount: bytes.count) { write in try bytes.withUnsafeBytes(write) }
    }
    try writer.finish()
    return path
  }

  @Test("a written archive has the bytes that the format prescribes, and the same bytes each time")
  func writing() throws {
    var expected = ZipBuilder(name: "a.npy", data: Array("hello".utf8))
    expected.date = 0x21 << 16
    let path = try archive([("a.npy", Array("hello".utf8))])
    #expect(try bytes(ofFile: path) == expected.bytes)
    let members: [(Name, [UInt8])] = [("a", []), ("é", [1, 2, 3]), ("b/c", Array(repeating: 7, count: 70_000))]
    let first = try archive(members)
    #expect(try bytes(ofFile: first) == bytes(ofFile: archive(members)))
    let opened = try ZipArchive(opening: first)
    #expect(opened.members.map(\.name) == members.map(\.0))
    for (member, (_, content)) in zip(opened.members, members) {
      #expect(try opened.bytes(of: member, limit: 100_000) == content)
      #expect(try opened.content(of: member).bytes(at: 0, count: content.count) == content)
    }
  }

  @Test("a name can be written only once")
  func duplicate() throws { expectError(.unsupported, mentioning: "twice") { try archive([("a", []), ("a", [])]) } }

  @Test("more members than the old directory counts have ZIP64 records")
  func manyMembers() throws {
    let opened = try ZipArchive(opening: archive((0..<65_536).map { (Name("\($0)"), []) }))
    #expect(opened.members.count == 65_536)
    #expect(opened.members.last?.name == "65535")
  }

  @Test("a large deflated member goes through a temporary file that leaves nothing behind")
  func largeMember() throws {
    // Stored blocks of deflate: each a final bit, its length, the complement of the length, and the bytes.
    let content = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }
    var deflated: [UInt8] = []
    for start in stride(from: 0, to: content.count, by: 65_535) {
      let block = content[start..<min(start + 65_535, content.count)]
      let count = UInt16(block.count)
      deflated += [start + block.count == content.count ? 1 : 0, UInt8(count & 0xFF), UInt8(count >> 8)]
      deflated += [UInt8(~count & 0xFF), UInt8(~count >> 8)] + block
    }
    var builder = ZipBuilder(name: "large", data: deflated)
    builder.method = 8
    builder.byteCount = content.count
    builder.checksum = ZipBuilder.checksum(of: content)
    let opened = try ZipArchive(opening: directory.file("large.zip", builder.bytes))
    let region = try opened.content(of: opened.members[0])
    #expect(try region.bytes(at: 0, count: content.count) == content)
    #expect(try region.bytes(at: 4 << 20, count: 5) == Array(content[(4 << 20)..<(4 << 20) + 5]))
    var read: [UInt8] = []
    var largest = 0
    try opened.read(opened.members[0]) {
      largest = max(largest, $0.count)
      read += $0
    }
    #expect(read == content)
    #expect(largest <= ByteRegion.blockByteCount)
  }

  @Test("members that share bytes are refused")
  func overlap() throws {
    // Two entries of the directory lead to one header.
    var path = try archive([("a", [1]), ("b", [2])])
    var changed = try bytes(ofFile: path)
    let second = 32
    let entry = try #require(changed.indices.last { changed[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    #expect(changed[entry + 42] == UInt8(second))
    changed[entry + 42] = 0
    path = try directory.file("same.zip", changed)
    expectError(.malformed, mentioning: "overlaps") { try ZipArchive(opening: path) }
  }

  @Test("names that lead out of the archive are refused", arguments: ["../a", "a/../../b", "..", "a\\..\\b"])
  func paths(name: String) throws {
    let path = try directory.file("path.zip", ZipBuilder(name: name).bytes)
    expectError(.malformed, mentioning: "leads out") { try ZipArchive(opening: path) }
  }

  @Test("a bomb is refused before anything is expanded")
  func bomb() throws {
    var builder = ZipBuilder(data: Array(repeating: 0, count: 100))
    builder.method = 8
    builder.byteCount = 1 << 30
    expectError(.malformed, mentioning: "cannot expand") {
      try ZipArchive(opening: directory.file("bomb.zip", builder.bytes))
    }
  }

  @Test("a member beyond a limit is not read into memory")
  func limit() throws {
    let opened = try ZipArchive(opening: archive([("a", [1, 2, 3])]))
    expectError(.unsupported, mentioning: "3 bytes") { try opened.bytes(of: opened.members[0], limit: 2) }
  }
}
