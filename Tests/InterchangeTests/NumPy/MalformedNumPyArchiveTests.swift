import Interchange
import Tensors
import Testing

@Suite("Malformed NumPy archives")
struct MalformedNumPyArchiveTests {
  let directory: TemporaryDirectory
  let member: [UInt8]

  init() throws {
    directory = try TemporaryDirectory()
    member = try bytes(ofFile: fixturePath("little_f4.npy"))
  }

  /// Opens and reads the only member of an archive that is well-formed except for one change.
  func read(_ change: (inout ZipBuilder) -> Void) throws -> Tensor {
    var builder = ZipBuilder(data: member)
    change(&builder)
    return try NumPyArchive(opening: directory.file("archive.npz", builder.bytes)).array(named: "a").read()
  }

  @Test("archives with ZIP64 records, comments and empty members read")
  func wellFormed() throws {
    let expected = try #require(try ExpectedArray.all()["little_f4"]).tensor()
    #expect(try read { _ in } == expected)
    #expect(try read { $0.isLarge = true } == expected)
    #expect(try read { $0.comment = [0x50, 0x4B, 5, 6] + Array(repeating: 0, count: 30) } == expected)
    // A deflated member may be stored blocks: a final one of length n, its complement, and the bytes.
    let count = UInt16(member.count)
    let block = [1, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)] + member
    #expect(
      try read {
        $0.checksum = ZipBuilder.checksum(of: member)
        $0.data = block
        $0.method = 8
        $0.byteCount = member.count
      } == expected)
  }

  @Test("wrong sizes, offsets and counts are refused", arguments: [false, true])
  func numbers(isLarge: Bool) throws {
    let changes: [(inout ZipBuilder) -> Void] = [
      { $0.byteCount = 1 }, { $0.compressedByteCount = 0x7FFF_FFFF },
      {
        $0.byteCount = 0x7FFF_FFFF; $0.compressedByteCount = 0x7FFF_FFFF
      },
      { $0.localOffset = 0x7FFF_FFFF }, { $0.localOffset = 1 }, { $0.memberCount = 2 }, { $0.memberCount = 0 },
      { $0.directoryOffset = 0x7FFF_FFFF }, { $0.directoryOffset = 3 }, { $0.directoryByteCount = 0x7FFF_FFFF },
      { $0.directoryByteCount = 20 }, { $0.checksum = 1 }, { $0.localName = "b.npy" }, { $0.repetitions = 2 },
      { $0.method = 8 },
      {
        $0.method = 8; $0.byteCount = 0x7FFF_FFFF
      },
    ]
    for (index, change) in changes.enumerated() {
      expectError(.malformed) {
        let tensor = try read {
          $0.isLarge = isLarge
          change(&$0)
        }
        Issue.record("change \(index) was not refused: shape \(tensor.shape)")
      }
    }
  }

  @Test("sizes beyond this machine are refused")
  func impossible() throws {
    for size in [Int.max, Int.min, -1] {
      expectError(.malformed) {
        try read {
          $0.isLarge = true
          $0.byteCount = size
          $0.compressedByteCount = size
        }
      }
      expectError(.malformed) {
        try read {
          $0.isLarge = true
          $0.localOffset = size
        }
      }
      expectError(.malformed) {
        try read {
          $0.isLarge = true
          $0.directoryOffset = size
        }
      }
    }
  }

  @Test("names that would write to a terminal are refused")
  func controlCharacters() throws {
    expectError(.malformed, mentioning: "printable") { try read { $0.name = "\u{1B}[2Ja.npy" } }
  }

  @Test("encryption, other methods and archives in parts are refused by name")
  func unsupported() throws {
    expectError(.unsupported, mentioning: "encrypted") { try read { $0.flags = 1 } }
    expectError(.unsupported, mentioning: "method 12") { try read { $0.method = 12 } }
    expectError(.unsupported, mentioning: "several parts") { try read { $0.disk = 1 } }
  }

  @Test("a changed byte gives the same arrays, other names, or an error")
  func mutated() throws {
    let whole = try bytes(ofFile: fixturePath("refused.npz"))
    var builder = ZipBuilder(data: member)
    builder.isLarge = true
    for archiveBytes in [whole, builder.bytes] {
      for index in archiveBytes.indices {
        var changed = archiveBytes
        changed[index] ^= index % 2 == 0 ? 0xFF : 0x04
        do {
          let archive = try NumPyArchive(opening: directory.file("changed.npz", changed))
          for name in archive.memberNames { _ = try? archive.array(named: name).read() }
        } catch is InterchangeError {}
      }
    }
  }

  @Test("an archive cut off anywhere is refused")
  func truncated() throws {
    let whole = ZipBuilder(data: member).bytes
    for count in 0..<whole.count {
      expectError(.malformed) {
        try NumPyArchive(opening: directory.file("cut.npz", Array(whole.prefix(count))))
      }
    }
  }
}
