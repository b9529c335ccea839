import Foundation
import HDF5
import Testing

@Suite("The structure of a file")
struct HostileStructureTests {
  static let files = ["old", "new"].flatMap { format in
    ["few", "many", "chunks"].map { "structures_\(format)_\($0)" }
  }

  @Test("is not trusted about the size of a chunk", arguments: ["short", "long", "checksum"])
  func hostileChunks(name: String) throws {
    let file = try File(opening: fixture("hostile_chunks"))
    expectFailure(.corrupt, "/\(name)", "does not expand to its size") {
      _ = try file.openDataset(name).read(as: Float.self)
    }
  }

  @Test("is not trusted about the length of a chunk index", arguments: [1 << 20, 1 << 40, UInt64.max])
  func hostileLength(_ length: UInt64) throws {
    var file = try ChangedFile(fixture("structures_new_chunks"))
    // The index of the last entry follows 12 bytes of constants and 4 numbers.
    try file.write(length, at: file.offset(of: "EAHD") + 44)
    try file.repairChecksums()
    let error = #expect(throws: HDF5Error.self) { try file.readEverything() }
    #expect(error?.code == .corrupt)
  }

  @Test("is not trusted about the largest block of a heap", arguments: [1, 32, 1 << 40])
  func hostileHeap(_ largest: UInt64) throws {
    var file = try ChangedFile(fixture("structures_new_many"))
    // The size follows 110 bytes of other sizes, counts and addresses, the width, and the size of the first block.
    try file.write(largest, at: file.offset(of: "FRHP") + 120)
    try file.repairChecksums()
    expectFailure(.corrupt, "has blocks of an impossible size") { try file.readEverything() }
  }

  @Test("of the new format cannot have links that share their names, which would grow with the square of the file")
  func sharedObjects() throws {
    let names = ["long" + String(repeating: "a", count: 1500)] + (0..<120).map { "name_\($0)" }
    var changed = try withTemporaryFile { path in
      let file = try File(creating: path)
      for name in names { try file.createGroup("links/\(name)") }
      try file.close()
      return try ChangedFile(path)
    }
    // Each leaf of the index has records of 11 bytes after its 6 bytes: a hash, and the place of the link in the heap.
    let leaves = changed.offsets(of: "BTLF").filter { changed.bytes[$0 + 5] == 5 }
    let records = leaves.flatMap { leaf in (0..<(512 - 10) / 11).map { leaf + 6 + 11 * $0 } }
      .filter { changed.number(at: $0 + 4, byteCount: 1) == 0 && changed.number(at: $0 + 9, byteCount: 2) > 0 }
    // The last two bytes of a place are the number of bytes.
    let longest = try #require(
      records.max { changed.number(at: $0 + 9, byteCount: 2) < changed.number(at: $1 + 9, byteCount: 2) })
    #expect(records.count > 100 && changed.number(at: longest + 9, byteCount: 2) > 1500)
    let place = changed.bytes[longest + 4..<longest + 11]
    for record in records { changed.bytes.replaceSubrange(record + 4..<record + 11, with: place) }
    try changed.repairChecksums()
    expectFailure(.corrupt, "has objects that share bytes") { try changed.readEverything() }
  }

  @Test("of the old format cannot have links that share their names, which would grow with the square of the file")
  func sharedNames() throws {
    var changed = try ChangedFile(fixture("structures_old_many"))
    // A new heap for the names of the second group, with a single long name: the numbers of its bytes, its free space and its address.
    let heap = try #require(changed.offsets(of: "HEAP").last)
    let longName = Array(repeating: UInt8(ascii: "a"), count: 2000) + [0]
    changed.write(UInt64(longName.count), at: heap + 8)
    changed.write(1, at: heap + 16)
    changed.write(UInt64(changed.bytes.count), at: heap + 24)
    changed.bytes += longName
    // The end of the file is in the superblock.
    changed.write(UInt64(changed.bytes.count), at: 40)
    // The index has the addresses of its leaves after 32 bytes, between keys. A leaf has links of 40 bytes after its 8 bytes.
    let index = try #require(changed.offsets(of: "TREE").last)
    var end: UInt64 = 0
    for number in 0..<changed.number(at: index + 6, byteCount: 2) {
      let leaf = changed.number(at: index + 32 + 16 * number)
      for link in 0..<changed.number(at: leaf + 6, byteCount: 2) {
        // Each link gets another end of the long name.
        changed.write(end, at: leaf + 8 + 40 * link)
        end += 1
      }
    }
    #expect(end == 60)
    expectFailure(.corrupt, "has links that share their names") {
      _ = try File(opening: changed.path()).openGroup("group")
    }
  }

  @Test("is not trusted about the lengths of lists")
  func hostileList() throws {
    // 2³² − 1 elements of 2³² − 1 bytes: the product overflows.
    expectFailure(.corrupt, "does not have the stated length") {
      _ = try File(opening: fixture("long_list")).openDataset("listed")
    }
  }

  @Test("is not trusted about the level of compression")
  func compressionLevel() throws {
    let directory = try TemporaryDirectory()
    let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("compression_level"))))
    let path = try directory.file("level.h5", content)
    let file = try File(modifying: path)
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    var writer = try SequentialWriter(file.openDataset("values"))
    try values.withUnsafeBytes { try writer.write($0) }
    _ = try writer.finish()
    try file.close()
    // libhdf5 itself refuses this level, but our own code for chunks does not need the level.
    var reader = try SequentialReader(File(opening: path).openDataset("values"))
    var elements = [Float](repeating: 0, count: 6)
    try elements.withUnsafeMutableBytes { try reader.read(into: $0) }
    #expect(elements == values)
  }

  @Test("has a list of unused bytes whose damage is found, although only libhdf5 reads the list")
  func unusedBytes() throws {
    let whole = try ChangedFile(Repository.fixture("valid/recurrent-bricks.h5"))
    for (signature, count) in [("FSHD", 82), ("FSSE", 27)] {
      let start = try whole.offset(of: signature)
      for index in start..<start + count {
        var damaged = whole
        damaged.bytes[index] ^= 1 << UInt8(index % 8)
        #expect(throws: HDF5Error.self, "byte \(index - start) of \(signature)") { try damaged.readEverything() }
      }
    }
  }

  @Test("gives an error or an answer, whatever bytes are changed", arguments: files)
  func changed(name: String) throws {
    let whole = try ChangedFile(fixture(name))
    var generator = SeededGenerator(seed: 7)
    var answers = (read: 0, refused: 0)
    for _ in 0..<150 {
      var changed = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed.bytes[Int.random(in: 0..<whole.bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      try changed.repairChecksums()
      do {
        try changed.readEverything()
        answers.read += 1
      } catch is HDF5Error {
        answers.refused += 1
      }
    }
    #expect(answers.read > 0 && answers.refused > 0)
  }
}
