import Foundation
import Interchange
import Tensors
import Testing

/// The facts in `expected.json` about an array that NumPy wrote.
struct ExpectedArray: Decodable {
  let type: ScalarType
  let shape: [Int]
  let values: [String]

  static func all() throws -> [String: ExpectedArray] {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixturePath("expected.json")))
    return try JSONDecoder().decode([String: ExpectedArray].self, from: data)
  }

  func tensor() throws -> Tensor {
    let shape = try Shape(checking: shape)
    switch type {
    case .float16, .float32: return try Tensor(values.map { Float(try #require(Double($0))) }, shape: shape)
    case .float64: return try Tensor(values.map { try #require(Double($0)) }, shape: shape)
    default: return try Tensor(values.map { try #require(Int64($0)) }, shape: shape)
    }
  }
}

@Suite("NumPy arrays")
struct NumPyArrayTests {
  @Test(
    "files that NumPy wrote read like in NumPy",
    arguments: [
      ("little_f4", "little_f4"), ("little_f2", "little_f2"), ("little_i8", "little_i8"), ("little_u1", "little_u1"),
      ("fortran", "fortran"), ("scalar", "scalar"), ("empty", "empty"), ("version2", "little_f4"),
      ("version3", "little_f4"),
    ])
  func reading(file: String, name: String) throws {
    let expected = try #require(try ExpectedArray.all()[name])
    let array = try NumPyArray(opening: fixturePath("\(file).npy"))
    #expect(array.type == expected.type)
    #expect(array.shape.dimensions == expected.shape)
    #expect(try array.read() == expected.tensor())
  }

  @Test("rows read like slices of the whole", arguments: ["fortran", "little_f2", "little_i8", "empty"])
  func rows(name: String) throws {
    let array = try NumPyArray(opening: fixturePath("\(name).npy"))
    let whole = try array.read()
    for start in 0...array.shape[0] {
      for end in start...array.shape[0] {
        #expect(try array.readRows(start..<end) == whole.slicing(axis: 0, from: start, count: end - start))
      }
    }
    expectError(.outOfRange, mentioning: "shape") { try array.readRows(0..<(array.shape[0] + 1)) }
    expectError(.outOfRange, mentioning: "shape") { try array.readRows(-1..<0) }
  }

  @Test("rows of an array far larger than memory can be read")
  func hugeRows() throws {
    let directory = try TemporaryDirectory()
    let rowCount = 1 << 36
    let header = MalformedNumPyArrayTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': (\(rowCount), 2)}")
    let path = try directory.file("huge.npy", header)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    // All but the last row is a hole in the file.
    try file.seek(toOffset: UInt64(header.count + (rowCount - 1) * 8))
    try file.write(contentsOf: Tensor([1.5, -2] as [Float], shape: [2]).littleEndianBytes(as: .float32))
    try file.close()
    let array = try NumPyArray(opening: path)
    #expect(array.shape == [1 << 36, 2])
    let rows = try array.readRows((rowCount - 2)..<rowCount)
    #expect(try rows == Tensor([0, 0, 1.5, -2] as [Float], shape: [2, 2]))
  }

  @Test("a scalar has no rows")
  func scalarRows() throws {
    let array = try NumPyArray(opening: fixturePath("scalar.npy"))
    expectError(.outOfRange, mentioning: "scalar") { try array.readRows(0..<1) }
  }

  @Test(
    "written arrays have the bytes that NumPy writes",
    arguments: [
      ("little_f4", ScalarType.float32), ("little_f2", .float16), ("little_i8", .int64), ("little_u1", .uint8),
      ("scalar", .float64), ("empty", .int64),
    ])
  func writing(name: String, type: ScalarType) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("written.npy", [1, 2, 3])
    let tensor = try #require(try ExpectedArray.all()[name]).tensor()
    try NumPyArray.write(tensor, to: path, as: type)
    #expect(try bytes(ofFile: path) == bytes(ofFile: fixturePath("\(name).npy")))
    #expect(try directory.names == ["written.npy"])
  }

  @Test("a file is replaced through a link, and keeps its permissions")
  func replacing() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("array.npy", [1, 2, 3])
    let link = try directory.file("link.npy")
    #expect(chmod(path, 0o640) == 0)
    #expect(symlink("array.npy", link) == 0)
    let tensor = try Tensor([1, 2] as [Double], shape: [2])
    try NumPyArray.write(tensor, to: link)
    #expect(try NumPyArray(opening: path).read() == tensor)
    #expect(try directory.names == ["array.npy", "link.npy"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "array.npy")
  }

  @Test("a failed write leaves nothing behind")
  func writingRefused() throws {
    let directory = try TemporaryDirectory()
    let tensor = try Tensor([300] as [Int64], shape: [1])
    let path = try directory.file("array.npy")
    expectError(.unsupported, mentioning: "uint8") { try NumPyArray.write(tensor, to: path, as: .uint8) }
    expectError(.unsupported, mentioning: "bfloat16") {
      try NumPyArray.write(tensor.converted(to: .float32), to: path, as: .bfloat16)
    }
    expectError(.unsupported, mentioning: "64 axes") {
      try NumPyArray.write(tensor.reshaped(to: Shape(Array(repeating: 1, count: 65))), to: path)
    }
    #expect(try directory.names.isEmpty)
    expectError(.cannotCreate, mentioning: "create it first") {
      try NumPyArray.write(tensor, to: directory.file("missing/array.npy"))
    }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    expectError(.cannotCreate, mentioning: "not a regular file") { try NumPyArray.write(tensor, to: path) }
    expectError(.cannotCreate, mentioning: "not a regular file") {
      try NumPyArray.write(tensor, to: directory.path + "/")
    }
    #expect(try directory.names == ["array.npy"])
  }

  @Test("a path without a file gives an error that says so")
  func noFile() throws {
    let directory = try TemporaryDirectory()
    expectError(.notFound, mentioning: "no such file") { try NumPyArray(opening: directory.file("missing.npy")) }
    expectError(.notReadable, mentioning: "regular") { try NumPyArray(opening: directory.path) }
    #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
    expectError(.notReadable, mentioning: "regular") { try NumPyArray(opening: directory.path + "/pipe") }
    expectError(.unsupported, mentioning: "archive") { try NumPyArray(opening: fixturePath("stored.npz")) }
  }
}
