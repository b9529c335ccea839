import Interchange
import Testing

/// Builds blocks of tar archives.
enum TarBuilder {
  /// A header and its content, padded to whole blocks.
  static func member(
    _ name: String, _ content: [UInt8] = [], kind: Unicode.Scalar = "0", size: String? = nil, prefix: String = ""
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func set(_ offset: Int, _ text: String) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    set(0, name)
    set(124, size ?? String(content.count, radix: 8))
    set(148, "        ")
    block[156] = UInt8(kind.value)
    set(257, "ustar")
    set(263, "00")
    set(345, prefix)
    set(148, String(block.reduce(0) { $0 + Int($1) }, radix: 8) + "\0")
    return block + content + Array(repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// The end of an archive.
  static let end = [UInt8](repeating: 0, count: 1024)
}

@Suite("Tar archives")
struct TarArchiveTests {
  func open(_ bytes: [UInt8]) throws -> TarArchive { try TarArchive(ByteRegion(bytes, path: "a.tar")) }

  @Test("regular files are members, with long names of every dialect")
  func members() throws {
    let long = String(repeating: "n", count: 150)
    let attribute = " path=\(long)x\n"
    let archive = try open(
      TarBuilder.member("folder/", kind: "5") + TarBuilder.member("a", [1, 2, 3]) + TarBuilder.member("link", kind: "2")
        + TarBuilder.member("@LongLink", Array("\(long)\0".utf8), kind: "L") + TarBuilder.member("short", [4])
        + TarBuilder.member("x", Array("\(attribute.utf8.count + 3)\(attribute)".utf8), kind: "x")
        + TarBuilder.member("short", [5]) + TarBuilder.member("c", [6], prefix: "b") + TarBuilder.end)
    #expect(archive.members.map(\.name) == ["a", Name(long), Name(long + "x"), "b/c"])
    let contents = try archive.members.map { try archive.content(of: $0).bytes(at: 0, count: $0.byteCount) }
    #expect(contents == [[1, 2, 3], [4], [5], [6]])
  }

  @Test("a damaged archive is refused, with the reason")
  func damaged() throws {
    let member = TarBuilder.member("a", [1])
    var changed = member
    changed[0] = 0x62
    for (bytes, text) in [
      (member, "cut off"), (changed + TarBuilder.end, "checksum"), (Array(member.prefix(700)), "cut off"),
      (member + member + TarBuilder.end, "two members"), ([], "cut off"),
      (TarBuilder.member("../a") + TarBuilder.end, "leads out"),
      (TarBuilder.member("a", size: "77777777777") + TarBuilder.end, "beyond the end"),
      (TarBuilder.member("a", size: "9z") + TarBuilder.end, "not a number"),
      (TarBuilder.member("x", Array("99 path=a\n".utf8), kind: "x") + TarBuilder.end, "attributes"),
    ] { expectError(.malformed, mentioning: text) { try open(bytes) } }
    expectError(.unsupported, mentioning: "sparse") { try open(TarBuilder.member("a", kind: "S") + TarBuilder.end) }
  }
}
