import Foundation
import HDF5
import Testing

@Suite("Sequential reading")
struct SequentialReaderTests {
  private let grid = (0..<35).map { Float($0) }

  /// All elements, read in pieces of a number of bytes.
  private func read(_ dataset: consuming Dataset, pieces byteCount: Int) throws -> [Float] {
    var reader = try SequentialReader(dataset)
    var bytes = [UInt8](repeating: 0xAA, count: reader.byteCount)
    try bytes.withUnsafeMutableBytes { bytes in
      while reader.position < reader.byteCount {
        let end = min(reader.position + byteCount, reader.byteCount)
        try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[reader.position..<end]))
      }
    }
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  @Test(
    "gives the bytes of every layout that h5py writes, in pieces of any size",
    arguments: ["contiguous", "chunked", "fletcher", "compact"], [1, 4, 12, 139, 1000])
  func layouts(name: String, byteCount: Int) throws {
    let file = try File(opening: fixture("storage"))
    #expect(try read(file.openDataset(name), pieces: byteCount) == grid)
  }

  @Test(
    "puts chunks of any extents into the order of elements",
    arguments: [
      ([3, 5, 7], [1, 1, 1]), ([3, 5, 7], [3, 2, 2]), ([3, 5, 7], [2, 5, 3]), ([3, 4, 100_000], [1, 1, 100_000]),
      ([2, 3, 300_000], [1, 2, 70_000]), ([1, 1, 700_000], [1, 1, 1000]), ([0, 3], [1, 1]),
    ])
  func chunks(shape: [Int], extents: [Int]) throws {
    try withTemporaryFile { path in
      let values = (0..<shape.reduce(1, *)).map { Float($0 % 8_388_593) }
      let file = try File(creating: path)
      try file.writeDataset(
        "values", values, dimensions: shape,
        options: DatasetOptions(chunkDimensions: extents, shuffles: true, deflateLevel: 1))
      try file.close()
      let opened = try File(opening: path)
      #expect(try read(opened.openDataset("values"), pieces: 999_999) == values)
    }
  }

  @Test("continues after the file is closed, and reads data that are still being written")
  func independence() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.writeDataset("grid", grid)
      #expect(try read(file.openDataset("grid"), pieces: 50) == grid)
      try file.close()
      let opened = try File(opening: path)
      var reader = try SequentialReader(opened.openDataset("grid"))
      try opened.close()
      var first: Float = -1
      try withUnsafeMutableBytes(of: &first) { try reader.read(into: $0) }
      #expect(first == 0)
    }
  }

  @Test("refuses extents that are too large for the stored bytes, and reports a file that was cut")
  func damage() throws {
    let bombs = try File(opening: fixture("bombs"))
    for name in ["unstored", "chunks", "large_chunk"] {
      expectFailure(.refused) { _ = try SequentialReader(bombs.openDataset(name)) }
    }
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.writeDataset("values", [Double](repeating: 1, count: 100_000))
      try file.close()
      let opened = try File(opening: path)
      #expect(truncate(path, 100_000) == 0)
      expectFailure(.truncated) {
        var reader = try SequentialReader(opened.openDataset("values"))
        var bytes = [UInt8](repeating: 0, count: reader.byteCount)
        try bytes.withUnsafeMutableBytes { try reader.read(into: $0) }
      }
    }
  }
}
