import Foundation
import HDF5
import Interchange
import Tensors
import Testing
import TestSupport

@Suite("Tensors in HDF5 files")
struct TensorsInHDF5Tests {
  @Test("are written and read back in their type and shape") func roundTrip() throws {
    try withTemporaryFile { path in
      let tensors: [(name: String, tensor: Tensor)] = [
        ("single", try Tensor([1.5, -2, 0.25, 3] as [Float], shape: [2, 2])),
        ("group/double", try Tensor([0.1] as [Double], shape: [])),
        ("integers", try Tensor([-7, .max] as [Int64], shape: [2])),
        ("empty", try Tensor([] as [Float], shape: [0, 3])),
        ("large", try Tensor((0..<100_000).map(Double.init), shape: [100, 1000])),
      ]
      try HDF5.File.write(tensors, to: path)
      let file = try HDF5.File(opening: path)
      for (name, tensor) in tensors {
        let read = try file.openDataset(name).readTensor()
        #expect(read.type == tensor.type && read.shape == tensor.shape && read.doubles == tensor.doubles, "\(name)")
      }
      let rows = try file.openDataset("large").readTensor(as: .float32, from: Hyperslab([3..<4, 10..<12]))
      #expect(rows.type == .float32 && rows.shape == [1, 2] && rows.doubles == [3010, 3011])
    }
  }

  @Test("have the type that fits the stored elements") func types() throws {
    let numbers = try HDF5.File(opening: Repository.fixture("numbers.h5", of: "HDF5Tests"))
    #expect(try numbers.openDataset("float16_big").readTensor().type == .float32)
    #expect(try numbers.openDataset("float64_big").readTensor().type == .float64)
    #expect(try numbers.openDataset("boolean").readTensor().doubles == [1, 0])
    #expect(try numbers.openDataset("u2_big").readTensor().doubles == [0, 65535, 7])
    expectError(.unsupported, mentioning: "cannot represent") { try numbers.openDataset("u8_little").readTensor() }
    expectError(.unsupported, mentioning: "compound") { try numbers.openDataset("compound").readTensor() }
  }

  @Test("replace a file completely or not at all") func refused() throws {
    try withTemporaryFile { path in
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      let tensor = try Tensor([1] as [Float], shape: [1])
      expectError(.unsupported) { try HDF5.File.write([("", tensor)], to: path) }
      #expect(try bytes(path) == Data("old".utf8))
      expectError(.cannotCreate, mentioning: "create it first") { try HDF5.File.write([], to: path + ".missing/x.h5") }
    }
  }

  @Test("do not have paths that grow with the square of the file") func longPaths() throws {
    try withTemporaryFile { path in
      let name = String(repeating: "n", count: 4000)
      let file = try HDF5.File(creating: path)
      // 5,000 paths of 16 kB have 80 MB.
      let folder = try file.createGroup(Array(repeating: name, count: 4).joined(separator: "/"))
      for number in 0..<5000 { try folder.createGroup("\(number)") }
      try file.close()
      expectError(.malformed, mentioning: "the paths of the file have more than 67108864 bytes together") {
        try TensorFile(opening: path)
      }
      expectError(.unsupported, mentioning: "the paths of all objects have more than 67108864 bytes together") {
        try Examples(contentsOf: path)
      }
    }
  }

  @Test("are examples only if they were written completely; booleans are examples like any others") func examples()
    throws
  {
    let file = Repository.fixture("unfinished.h5", of: "HDF5Tests")
    #expect(try Examples(contentsOf: "\(file):booleans").rows(0..<2, as: .int64).doubles == [1, 0, 1, 0, 0, 1])
    expectError(.malformed, mentioning: "2 of its chunks are missing") { try Examples(contentsOf: "\(file):chunked") }
    expectError(.malformed, mentioning: "h5clear") {
      try Examples(contentsOf: "\(Repository.fixture("left_open.h5", of: "HDF5Tests")):values")
    }
  }
}
