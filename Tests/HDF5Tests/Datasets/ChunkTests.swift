import Foundation
import HDF5
import Testing

@Suite("Shuffled and deflated chunks")
struct ChunkTests {
  /// Numbers that are hard to compress, easy to compress, or both in turn.
  enum Content: String, CaseIterable, CustomTestStringConvertible {
    case random, zeros, constant, repeated, mixed, ascending

    var testDescription: String { rawValue }

    func numbers(_ count: Int) -> [Float] {
      // The linear congruential generator of Numerical Recipes.
      var state: UInt32 = 1
      func random() -> Float {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(bitPattern: state)) * 0x1p-31
      }
      let few = (0..<100).map { _ in random() }
      return (0..<count).map { index in
        switch self {
        case .random: random()
        case .zeros: 0
        case .constant: 1.5
        case .repeated: few[index % few.count]
        case .mixed: index / 50_000 % 2 == 0 ? random() : 0
        case .ascending: Float(index)
        }
      }
    }
  }

  private func write(_ numbers: [Float], _ path: String, _ dimensions: [Int], _ options: DatasetOptions) throws {
    let file = try File(creating: path)
    var writer = try SequentialWriter(
      file.createDataset("values", datatype: Float.storedDatatype, dimensions: dimensions, options: options))
    try numbers.withUnsafeBytes { bytes in
      // Pieces end neither with rows nor with chunks.
      for start in stride(from: 0, to: bytes.count, by: 100_001) {
        try writer.write(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 100_001, bytes.count)]))
      }
    }
    try writer.finish().close()
    try file.close()
  }

  @Test(
    "are read by the HDF5 library, with its own deflate and shuffle, as they were written",
    arguments: Content.allCases, [0, 1, 6, 9])
  func content(_ content: Content, level: Int) throws {
    try withTemporaryFile { path in
      let numbers = content.numbers(300_000)
      let dimensions = [3, 100, 1000]
      let options = DatasetOptions.compressed(dimensions, of: Float.storedDatatype, level: level)
      try write(numbers, path, dimensions, options)
      #expect(try File(opening: path).openDataset("values").read(as: Float.self) == numbers)
    }
  }

  @Test(
    "may end at the edge of the dataset, and may be of any form",
    arguments: [
      ([7, 1000], [3, 1000]), ([5, 7, 11], [1, 3, 11]), ([5, 7, 11], [1, 1, 4]), ([5, 7, 11], [2, 3, 4]), ([1], [1]),
      ([1000], [7]),
    ])
  func forms(dimensions: [Int], extents: [Int]) throws {
    try withTemporaryFile { path in
      let numbers = Content.random.numbers(dimensions.reduce(1, *))
      let options = DatasetOptions(chunkDimensions: extents, shuffles: true, deflateLevel: 4)
      try write(numbers, path, dimensions, options)
      let file = try File(opening: path)
      #expect(try file.openDataset("values").read(as: Float.self) == numbers)
      var reader = try SequentialReader(file.openDataset("values"))
      var bytes = [UInt8](repeating: 0, count: reader.byteCount)
      try bytes.withUnsafeMutableBytes { try reader.read(into: $0) }
      #expect(bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == numbers)
    }
  }

  @Test(
    "are smaller than those of the library, for random numbers and for numbers that repeat",
    arguments: Content.allCases)
  func size(_ content: Content) throws {
    try withTemporaryFile { path in
      let numbers = content.numbers(262_144)
      let options = DatasetOptions(chunkDimensions: [262_144], shuffles: true, deflateLevel: 4)
      try write(numbers, path, [262_144], options)
      let own = try File(opening: path).openDataset("values").storedByteCount
      try withTemporaryFile { path in
        let file = try File(creating: path)
        try file.writeDataset("values", numbers, options: options)
        try file.close()
        let library = try File(opening: path).openDataset("values").storedByteCount
        // A few bytes describe the parts of a stream.
        #expect(own <= library + library / 100 + 64)
      }
    }
  }

  @Test("that are damaged are reported as damaged")
  func damage() throws {
    try withTemporaryFile { path in
      let numbers = Content.random.numbers(500_000)
      try write(numbers, path, [500_000], .compressed([500_000], of: Float.storedDatatype, level: 4))
      var data = try Data(contentsOf: URL(fileURLWithPath: path))
      for place in stride(from: data.count / 2, to: data.count - 1000, by: 5000) { data[place] ^= 0x55 }
      try data.write(to: URL(fileURLWithPath: path))
      let file = try File(opening: path)
      expectFailure(.corrupt) {
        var reader = try SequentialReader(file.openDataset("values"))
        var result = [UInt8](repeating: 0, count: reader.byteCount)
        try result.withUnsafeMutableBytes { try reader.read(into: $0) }
      }
    }
  }
}
