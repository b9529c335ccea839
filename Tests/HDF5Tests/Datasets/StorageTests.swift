import HDF5
import Testing

@Suite("Storage and selections")
struct StorageTests {
  private let grid = (0..<35).map { Float($0) }

  @Test("all layouts that h5py writes read the same", arguments: ["contiguous", "chunked", "fletcher", "compact"])
  func layouts(name: String) throws {
    let file = try File(opening: fixture("storage"))
    let dataset = try file.openDataset(name)
    #expect(try dataset.read(as: Float.self) == grid)
    // Rows 1, 3, 5 and columns 2, 3 of 7 by 5.
    let selection = Hyperslab(start: [1, 2], count: [3, 2], stride: [2, 1])
    #expect(try dataset.read(as: Float.self, from: selection) == [7, 8, 17, 18, 27, 28])
    #expect(try dataset.read(as: Int.self, from: Hyperslab([6..<7, 0..<5])) == [30, 31, 32, 33, 34])
    #expect(try dataset.read(as: Int.self, from: Hyperslab([7..<7, 0..<5])) == [])
  }

  @Test("storage is described as h5dump describes it")
  func facts() throws {
    let file = try File(opening: fixture("storage"))
    #expect(try file.openDataset("compact").storage == .compact)
    #expect(try file.openDataset("unwritten").storage == .contiguous(byteOffset: nil))
    #expect(try file.openDataset("unwritten").storedByteCount == 0)
    #expect(try file.openDataset("unwritten").read(as: Float.self) == [0, 0, 0])
    #expect(try file.openDataset("contiguous").storedByteCount == 140)
    guard case .contiguous(let offset?) = try file.openDataset("contiguous").storage else {
      Issue.record("no offset")
      return
    }
    #expect(offset > 0)
    guard case .chunked(let dimensions, let filters) = try file.openDataset("chunked").storage else {
      Issue.record("not chunked")
      return
    }
    #expect(dimensions == [3, 2])
    #expect(filters.map(\.identifier) == [2, 1])
    #expect(filters.map(\.name) == ["shuffle", "deflate"])
    #expect(filters[1].parameters == [9])
  }

  @Test("selections that leave the dataset are errors, and nothing is read past it")
  func invalidSelections() throws {
    let file = try File(opening: fixture("storage"))
    let dataset = try file.openDataset("contiguous")
    for selection in [
      Hyperslab([0..<8, 0..<5]), Hyperslab([0..<7]), Hyperslab(start: [-1, 0], count: [1, 1]),
      Hyperslab(start: [0, 0], count: [4, 1], stride: [3, 1]),
      Hyperslab(start: [0, 0], count: [1, 1], stride: [0, 1]),
      Hyperslab(start: [0, 0], count: [Int.max, 1], stride: [Int.max, 1]), Hyperslab(start: [7, 0], count: [1, 1]),
      Hyperslab(start: [0, 0], count: [1, -1]), Hyperslab(start: [8, 0], count: [0, 0]),
    ] {
      expectFailure(.shapeMismatch) { _ = try dataset.read(as: Float.self, from: selection) }
    }
    var few: [Float] = [0, 0]
    few.withUnsafeMutableBufferPointer { few in
      _ = expectFailure(.shapeMismatch) { try dataset.read(into: few) }
      _ = expectFailure(.shapeMismatch) { try dataset.readBytes(into: UnsafeMutableRawBufferPointer(few)) }
    }
    expectFailure(.shapeMismatch) { _ = try dataset.readScalar(as: Float.self) }
  }

  @Test("a dataset written in pieces reads back whole", arguments: [nil, [2, 2], [7, 5]])
  func pieces(chunkDimensions: [Int]?) throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let options = DatasetOptions(
        chunkDimensions: chunkDimensions, shuffles: chunkDimensions != nil, deflateLevel: chunkDimensions.map { _ in 4 }
      )
      let dataset = try file.createDataset(
        "grid", datatype: Float.storedDatatype, dimensions: [7, 5], options: options)
      for row in 0..<7 {
        try dataset.write(Array(grid[(row * 5)..<(row * 5 + 5)]), to: Hyperslab([row..<(row + 1), 0..<5]))
      }
      #expect(try dataset.read(as: Float.self) == grid)
      try dataset.writeBytes([0, 0, 0x80, 0x3F], to: Hyperslab([0..<1, 0..<1]))
      try dataset.write([Float](), to: Hyperslab([0..<0, 0..<5]))
      expectFailure(.shapeMismatch) { try dataset.write([1, 2] as [Float]) }
      try file.close()
      #expect(try File(opening: path).openDataset("grid").read(as: Float.self) == [1] + grid.dropFirst())
    }
  }

  @Test("early allocation gives the place in the file, aligned as asked")
  func alignment() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path, options: .init(alignmentThreshold: 1000, alignment: 4096))
      for index in 0..<3 {
        let dataset = try file.createDataset(
          "d\(index)", datatype: Float.storedDatatype, dimensions: [1001], options: DatasetOptions(allocatesEarly: true)
        )
        guard case .contiguous(let offset?) = try dataset.storage else {
          Issue.record("not allocated")
          return
        }
        #expect(offset % 4096 == 0)
        #expect(try dataset.storedByteCount == 4004)
      }
    }
  }

  @Test("numbers convert to the stored type, and misfits are errors")
  func conversion() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      let half = try file.createDataset("half", datatype: Float16.storedDatatype, dimensions: [3])
      try half.write([1.5, 1e9, 0.1] as [Float])
      #expect(try half.read(as: Float.self) == [1.5, .infinity, Float(Float16(0.1))])
      let byte = try file.createDataset("byte", datatype: UInt8.storedDatatype, dimensions: [2])
      try byte.write([255, 0])
      expectFailure(.typeMismatch) { try byte.write([256, 0]) }
      expectFailure(.typeMismatch) { try byte.write([-1, 0] as [Int8]) }
      expectFailure(.typeMismatch) { try byte.write([0.5, 0]) }
      let big = Datatype.integer(byteCount: 4, isSigned: false, byteOrder: .bigEndian)
      let swapped = try file.createDataset("big", datatype: big, dimensions: [2])
      try swapped.write([1, 2] as [Int32])
      #expect(try swapped.readBytes() == [0, 0, 0, 1, 0, 0, 0, 2])
      expectFailure(.typeMismatch) { try swapped.write([-1, 2] as [Int32]) }
      #expect(try file.links().count == 3)
    }
  }

  @Test("options that do not fit the dataset are errors")
  func invalidOptions() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      for options in [
        DatasetOptions(chunkDimensions: [1, 1]), DatasetOptions(chunkDimensions: [0]),
        DatasetOptions(chunkDimensions: [4]),
        DatasetOptions(shuffles: true), DatasetOptions(deflateLevel: 1),
        DatasetOptions(chunkDimensions: [1], deflateLevel: 10),
      ] {
        expectFailure(.shapeMismatch) { try file.writeDataset("d", [1, 2, 3], options: options) }
      }
      expectFailure(.shapeMismatch) { try file.writeDataset("d", [1, 2, 3], dimensions: [-1]) }
      expectFailure(.shapeMismatch) { try file.writeDataset("d", [1], dimensions: [Int](repeating: 1, count: 33)) }
      expectFailure(.typeMismatch) {
        _ = try file.createDataset("d", datatype: .other(byteCount: 3, description: "odd"))
      }
      expectFailure(.shapeMismatch) {
        _ = try file.createDataset("d", datatype: Float.storedDatatype, dimensions: [1 << 40, 1 << 40])
      }
    }
  }

  @Test("data outside the file or behind filters the library lacks is refused")
  func foreign() throws {
    let file = try File(opening: fixture("refused"))
    for name in ["external_storage", "virtual"] {
      expectFailure(.refused) { _ = try file.openDataset(name) }
    }
    let error = expectFailure(.refused) { _ = try file.openDataset("unknown_filter") }
    #expect(error?.message.contains("LZF (HDF5 filter 32000)") == true)
    #expect(error?.message.contains("compression=\"gzip\"") == true)
  }

  @Test("extents far too large for the file are refused before memory is allocated")
  func bombs() throws {
    let file = try File(opening: fixture("bombs"))
    for name in ["unstored", "chunks", "large_chunk"] {
      let dataset = try file.openDataset(name)
      expectFailure(.refused) { _ = try dataset.read(as: Double.self) }
      expectFailure(.refused) { _ = try dataset.readBytes() }
    }
    #expect(try file.openDataset("chunks").read(as: Double.self, from: Hyperslab([0..<2])) == [1, 1])
    expectFailure(.refused) { _ = try file.openDataset("large_chunk").read(as: Double.self, from: Hyperslab([0..<2])) }
    expectFailure(.corrupt) { _ = try file.openDataset("overflow") }
    expectFailure(.refused) { _ = try file.openDataset("amplified").readStrings() }
  }
}
