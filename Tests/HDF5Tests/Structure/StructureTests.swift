import HDF5
import Testing

@Suite("The structure of a file")
struct StructureTests {
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

  @Test("may have chunks that were never written before its last one")
  func sparseChunks() throws {
    let dataset = try File(opening: fixture("sparse_chunks")).openDataset("sparse")
    #expect(try dataset.unwrittenChunkCount == 19_998)
    #expect(try dataset.read(as: Int.self).reduce(0, +) == 3)
  }
}
