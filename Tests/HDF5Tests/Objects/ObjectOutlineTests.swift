import HDF5
import Testing

@Suite("The outline of an object")
struct ObjectOutlineTests {
  @Test(
    "says the same as the library about datasets that h5py wrote, or leaves them to the library",
    arguments: HostileStructureTests.files + ["numbers", "links", "storage", "text", "unfinished"])
  func datasets(name: String) throws {
    let file = try File(opening: fixture(name))
    for (link, outline) in try file.outlines(ofGroup: "", texts: ["units"]) where link.kind == .hard {
      switch try outline.get() {
      case .group: #expect(try file.objectKind(link.name) == .group)
      case .unknown: break
      case .dataset(let outline):
        let dataset = try file.openDataset(link.name)
        let (datatype, dimensions, place) = (dataset.datatype, dataset.dimensions, try dataset.place)
        #expect(outline.datatype == datatype)
        #expect(outline.dimensions == dimensions)
        #expect(outline.place?.byteOffset == place?.byteOffset)
        #expect(outline.place?.byteCount == place?.byteCount)
      }
    }
  }

  @Test("has the type, the extents, the elements and the wanted texts of a contiguous dataset")
  func parts() throws {
    try withTemporaryFile { path in
      let new = try File(creating: path)
      let types: [(String, Datatype)] = [
        ("double", .float(byteCount: 8, byteOrder: .littleEndian, isIEEE: true)),
        ("half", .float(byteCount: 2, byteOrder: .littleEndian, isIEEE: true)),
        ("brain", .brainFloat(byteOrder: .littleEndian)), ("long", Int64.storedDatatype),
      ]
      for (name, type) in types {
        let dataset = try new.createDataset("group/\(name)", datatype: type, dimensions: [2, 3])
        try dataset.writeBytes([UInt8](repeating: 7, count: 6 * type.byteCount))
        try dataset.setAttribute("role", to: "of \(name)")
        try dataset.setAttribute("number", to: 3)
      }
      try new.createDataset("group/short", datatype: Int16.storedDatatype, dimensions: [1]).writeBytes([1, 0])
      try new.createDataset("group/late", datatype: Float.storedDatatype, dimensions: [4]).close()
      try new.close()
      let file = try File(opening: path)
      var found: [String: DatasetOutline] = [:]
      for (link, outline) in try file.outlines(ofGroup: "group", texts: ["none", "role"]) {
        if case .dataset(let outline) = try outline.get() { found[link.name] = outline }
      }
      #expect(found.keys.sorted() == ["brain", "double", "half", "late", "long"])
      let late = try #require(found["late"])
      #expect(late.place == nil, "the file has no space for its elements yet")
      #expect(late.dimensions == [4])
      #expect(late.texts == [nil, nil])
      for (name, type) in types {
        let outline = try #require(found[name])
        #expect(outline.datatype == type)
        #expect(outline.dimensions == [2, 3])
        #expect(outline.texts == [nil, "of \(name)"])
        var bytes = [UInt8](repeating: 0, count: 6 * type.byteCount)
        try bytes.withUnsafeMutableBytes { try outline.place?.read(into: $0, from: 0) }
        #expect(bytes == [UInt8](repeating: 7, count: 6 * type.byteCount))
      }
    }
  }

  @Test("leaves a requested attribute that is not one text of fixed length to the library")
  func unusualAttributes() throws {
    try withTemporaryFile { path in
      let new = try File(creating: path)
      try new.writeDataset("numbers", [1.0]).setAttribute("role", to: [1, 2])
      try new.writeDataset("texts", [1.0]).setAttribute("role", to: ["a", "b"])
      try new.writeDataset("long", [1.0]).setVariableTextAttribute("role", to: "a")
      try new.close()
      for (_, outline) in try File(opening: path).outlines(ofGroup: "", texts: ["role"]) {
        guard case .unknown = try outline.get() else {
          Issue.record("an outline was given")
          continue
        }
      }
    }
  }

  @Test("knows the dimension scales of axes")
  func scales() throws {
    try withTemporaryFile { path in
      let new = try File(creating: path)
      for name in ["x", "y"] {
        let scale = try new.createDataset("group/\(name)", datatype: Float.storedDatatype, dimensions: [2])
        try scale.makeDimensionScale(named: name)
      }
      let data = try new.createDataset("group/data", datatype: Float.storedDatatype, dimensions: [2, 2])
      try data.write([1, 2, 3, 4] as [Float])
      try data.attachDimensionScales(["group/x", "group/y"])
      try data.close()
      try new.writeDataset("group/plain", [1.0])
      try new.close()
      let file = try File(opening: path)
      #expect(try file.isNamed("group/data", byDimensionScales: ["x", "y"]) == true)
      #expect(try file.isNamed("group/data", byDimensionScales: ["y", "x"]) == false)
      #expect(try file.isNamed("group/data", byDimensionScales: ["x"]) == false)
      #expect(try file.isNamed("group/data", byDimensionScales: ["x", "z"]) == false)
      #expect(try file.isNamed("group/plain", byDimensionScales: ["x"]) == nil)
    }
  }
}
