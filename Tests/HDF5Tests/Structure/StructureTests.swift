import Foundation
import HDF5
import Testing

@Suite("The structure of a file")
struct StructureTests {
  static let files = ["old", "new"].flatMap { format in
    ["few", "many", "chunks"].map { "structures_\(format)_\($0)" }
  }

  @Test("in the old and the new format is accepted as h5py writes it", arguments: ["old", "new"])
  func objects(format: String) throws {
    for (size, count) in [("few", 3), ("many", 60)] {
      let file = try File(opening: fixture("structures_\(format)_\(size)"))
      #expect(try file.openGroup("group").links().count == count)
      #expect(try file.openGroup("group").openDataset("link_002").read(as: Int.self) == [0, 1, 2])
      #expect(try file.openGroup("group").texts(inAttribute: "texts") == ["a", "bb", "ccc"])
      #expect(try file.openDataset("text").readString() == "hello wörld")
      #expect(try file.openDataset("strings").readStrings() == ["one", "two", ""])
      #expect(try file.openDataset("filled").read(as: Int.self) == [7, 7, 7, 7])
      let kinds = try file.links().filter { ["soft", "external", "hard"].contains($0.name) }.map(\.kind)
      #expect(kinds == [.external, .hard, .soft])
      #expect(try file.identity(of: "hard") == file.identity(of: "group"))
      if format == "old" {
        #expect(try file.objectKind("named_type") == .datatype)
        #expect(try file.openDataset("typed").read(as: Double.self) == [0, 0])
      }
      guard size == "many" else { continue }
      #expect(try file.openGroup("group").text(inAttribute: "long").count == 5000)
      #expect(try file.openGroup("group").number(inAttribute: "attribute_19", as: Double.self) == 28.5)
    }
  }

  @Test("reads every kind of chunk index, with and without filters", arguments: ["old", "new"])
  func chunks(format: String) throws {
    let file = try File(opening: fixture("structures_\(format)_chunks"))
    for name in ["single", "fixed", "extensible", "tree"] {
      for dataset in [name, name + "_filtered"] {
        #expect(try file.openDataset(dataset).read(as: Int.self) == Array(0..<600), "\(dataset)")
        let part = try file.openDataset(dataset).read(as: Int.self, from: Hyperslab([5..<7, 29..<30]))
        #expect(part == [179, 209], "\(dataset)")
      }
    }
    #expect(try file.openDataset("implicit").read(as: Int.self) == Array(0..<600))
    #expect(try file.openDataset("many").read(as: Int.self) == Array(repeating: 0, count: 1500))
    #expect(try file.openDataset("texts").readStrings() == ["a", "bc", "def"])
  }

  @Test("is not trusted about the size of a chunk", arguments: ["short", "long", "checksum"])
  func hostileChunks(name: String) throws {
    let file = try File(opening: fixture("hostile_chunks"))
    expectFailure(.corrupt, "/\(name)", "does not expand to its size") {
      _ = try file.openDataset(name).read(as: Float.self)
    }
  }

  @Test("may have chunks that were never written before its last one")
  func sparseChunks() throws {
    let dataset = try File(opening: fixture("sparse_chunks")).openDataset("sparse")
    #expect(try dataset.unwrittenChunkCount == 19_998)
    #expect(try dataset.read(as: Int.self).reduce(0, +) == 3)
  }

  @Test("is not trusted about the length of a chunk index", arguments: [1 << 20, 1 << 40, UInt64.max])
  func hostileLength(_ length: UInt64) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("structures_new_chunks"))))
    let header = try #require(bytes.indices.dropLast(4).first { bytes[$0..<$0 + 4].elementsEqual("EAHD".utf8) })
    // The index of the last entry follows 12 bytes of constants and 4 numbers.
    for index in 0..<8 { bytes[header + 44 + index] = UInt8(truncatingIfNeeded: length >> UInt64(8 * index)) }
    let directory = try TemporaryDirectory()
    let path = try directory.file("long.h5", bytes)
    for repair in try File.wrongChecksums(inFile: path) {
      for index in 0..<4 {
        bytes[repair.offset + index] = UInt8(truncatingIfNeeded: repair.checksum >> UInt32(8 * index))
      }
    }
    let error = #expect(throws: HDF5Error.self) { try readEverything(directory.file("long.h5", bytes)) }
    #expect(error?.code == .corrupt)
  }

  @Test("is not trusted about the largest block of a heap", arguments: [1, 32, 1 << 40])
  func hostileHeap(_ largest: UInt64) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("structures_new_many"))))
    let header = try #require(bytes.indices.dropLast(4).first { bytes[$0..<$0 + 4].elementsEqual("FRHP".utf8) })
    // The size follows 110 bytes of other sizes, counts and addresses, the width, and the size of the first block.
    for index in 0..<8 { bytes[header + 120 + index] = UInt8(truncatingIfNeeded: largest >> UInt64(8 * index)) }
    let directory = try TemporaryDirectory()
    let path = try directory.file("heap.h5", bytes)
    for repair in try File.wrongChecksums(inFile: path) {
      for index in 0..<4 {
        bytes[repair.offset + index] = UInt8(truncatingIfNeeded: repair.checksum >> UInt32(8 * index))
      }
    }
    let repaired = try directory.file("heap.h5", bytes)
    expectFailure(.corrupt, "has blocks of an impossible size") { try readEverything(repaired) }
  }

  @Test("is not trusted about the lengths of lists")
  func hostileList() throws {
    // 2³² − 1 elements of 2³² − 1 bytes: the product overflows.
    expectFailure(.corrupt, "does not have the stated length") {
      try File(opening: fixture("long_list")).openDataset("listed")
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
    let bytes = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Repository.fixture("valid/recurrent-bricks.h5"))))
    let directory = try TemporaryDirectory()
    for (signature, count) in [("FSHD", 82), ("FSSE", 27)] {
      let start = try #require(bytes.indices.dropLast(4).first { bytes[$0..<$0 + 4].elementsEqual(signature.utf8) })
      for index in start..<start + count {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(index % 8)
        let path = try directory.file("damaged.h5", damaged)
        #expect(throws: HDF5Error.self, "byte \(index - start) of \(signature)") { try readEverything(path) }
      }
    }
  }

  @Test("gives an error or an answer, whatever bytes are changed", arguments: files)
  func changed(name: String) throws {
    let directory = try TemporaryDirectory()
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
    var generator = SeededGenerator(seed: 7)
    var answers = (read: 0, refused: 0)
    for _ in 0..<150 {
      var changed = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed[Int.random(in: 0..<whole.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      let path = try directory.file("changed.h5", changed)
      // Most changes would stop at a checksum. With the right checksums they reach what is behind.
      for repair in try File.wrongChecksums(inFile: path) {
        for index in 0..<4 {
          changed[repair.offset + index] = UInt8(truncatingIfNeeded: repair.checksum >> UInt32(8 * index))
        }
      }
      do {
        try readEverything(directory.file("changed.h5", changed))
        answers.read += 1
      } catch is HDF5Error {
        answers.refused += 1
      }
    }
    #expect(answers.read > 0 && answers.refused > 0)
  }

  private func readEverything(_ path: String) throws {
    let file = try File(opening: path)
    for object in try file.descendants() where object.kind == .dataset {
      let dataset = try file.openDataset(object.path)
      for name in try dataset.attributeNames() { _ = try dataset.attributeShape(name) }
      if dataset.datatype.isText { _ = try dataset.readStrings() }
      if dataset.datatype.isNumeric { _ = try dataset.read(as: Double.self) }
      _ = try? dataset.readBytes()
    }
  }
}
