import Foundation
import Interchange
import Tensors
import Testing

/// The entry of `expected.json` for a file that another program wrote.
struct ExpectedFile: Decodable {
  struct Item: Decodable {
    let name: String
    let type: String
    let shape: [Int]
    let values: [String]

    func tensor() throws -> Tensor {
      let shape = try Shape(checking: shape)
      switch type {
      case "float16", "bfloat16", "float32":
        return try Tensor(values.map { Float(try #require(Double($0))) }, shape: shape)
      case "float64": return try Tensor(values.map { try #require(Double($0)) }, shape: shape)
      default: return try Tensor(values.map { try #require(Int64($0)) }, shape: shape)
      }
    }
  }

  let format: String
  let tensors: [Item]
  let skipped: [String]
  let metadata: [String: String]

  static let all: [String: ExpectedFile] = {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: Repository.fixture("foreign/expected.json")))
      return try JSONDecoder().decode([String: ExpectedFile].self, from: data)
    } catch {
      return [:]
    }
  }()
}

@Suite("Files of named tensors")
struct TensorFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  static let files = [
    "state.pt", "legacy.pt", "protocol4.pt", "views.pt", "views-legacy.pt", "training.pth", "parameter.pt",
    "views.safetensors", "model.safetensors.index.json", "one.safetensors", "arrays.npz", "compressed.npz", "array.npy",
    "blocks.tar", "generic.h5", "layers.weights.h5", "layers.keras",
  ]

  @Test("of HDF5 give float16 and bfloat16 in their types, also in a checkpoint") func sixteenBits() throws {
    let file = try TensorFile(opening: Repository.fixture("valid/sixteen-bits.h5"))
    for (name, type, first) in [
      ("persistent/mlp/limits_of_float16", ScalarType.float16, [65504, -65504, 0x1p-14, 0x1p-24]),
      ("persistent/mlp/limits_of_bfloat16", .bfloat16, [255 * 0x1p120, 0x1p-126, 0x1p-133, -127 * 0x1p-133]),
    ] {
      let entry = try #require(file.entries.first { $0.name.text == name })
      #expect(entry.type == type)
      #expect(try Array(file.tensor(entry.name).doubles.prefix(4)) == first)
    }
  }

  @Test("of other programs give the tensors that these programs show", arguments: files)
  func reading(name: String) throws {
    let expected = try #require(ExpectedFile.all[name])
    let file = try TensorFile(opening: Repository.fixture("foreign/\(name)"))
    #expect(file.format.rawValue == expected.format)
    #expect(file.entries.map(\.name.text) == expected.tensors.map(\.name))
    #expect(file.skipped.map(\.name.text).sorted() == expected.skipped)
    #expect(Dictionary(uniqueKeysWithValues: file.metadata.map { ($0.key.text, $0.value) }) == expected.metadata)
    for (entry, item) in zip(file.entries, expected.tensors) {
      #expect(entry.typeName == item.type, "\(entry.name)")
      #expect(entry.shape.dimensions == item.shape, "\(entry.name)")
      #expect(try file.tensor(entry.name) == item.tensor(), "\(entry.name)")
    }
  }

  @Test("are recognized by content and not by name", arguments: files.filter { !$0.hasSuffix("index.json") })
  func renamed(name: String) throws {
    let expected = try #require(ExpectedFile.all[name])
    let path = try directory.file("file.bin", bytes(ofFile: Repository.fixture("foreign/\(name)")))
    #expect(try TensorFile(opening: path).format.rawValue == expected.format)
  }

  @Test("of this project are checkpoints")
  func checkpoint() throws {
    let file = try TensorFile(opening: Repository.fixture("valid/plain.h5"))
    #expect(file.format == .checkpoint)
    #expect(file.entry("parameters/mlp/linear_0/W") != nil)
  }

  @Test("of unknown formats are refused with a reason")
  func unknown() throws {
    for (content, text) in [
      ([], "is empty"), (Array("hello".utf8), "has an unknown format"), ([0x80, 4, 0x95], "pickle"),
      (Array("{\"a\": 1}".utf8), "has an unknown format"), ([0x1F, 0x8B, 8, 0], "is compressed with gzip"),
      ([0x28, 0xB5, 0x2F, 0xFD, 4], "is compressed with Zstandard"), (Array("GGUF\u{3}\0\0\0".utf8), "is a GGUF file"),
      ([28, 0, 0, 0] + Array("TFL3".utf8), "is a TensorFlow Lite model"),
    ] as [([UInt8], String)] {
      let error = #expect(throws: InterchangeError.self) { try TensorFile(opening: directory.file("x", content)) }
      #expect(error?.message.contains(text) ?? false)
    }
    expectError(.notFound) { try TensorFile(opening: directory.path + "/none") }
  }

  @Test("of ONNX are recognized by their fields")
  func onnx() throws {
    // ir_version 8, producer "x", an empty graph, opset_import with version 13.
    let model: [UInt8] = [0x08, 8, 0x12, 1, 0x78, 0x3A, 0, 0x42, 2, 0x10, 13]
    expectError(.unsupported, mentioning: "bntool convert") { try TensorFile(opening: directory.file("m", model)) }
    expectError(.unsupported, mentioning: "unknown format") {
      try TensorFile(opening: directory.file("m", model + [0x42, 9]))
    }
  }

  @Test("of PyTorch name the set that they took from several, and take the set that is asked for")
  func sets() throws {
    let path = Repository.fixture("foreign/training.pth")
    let usual = try TensorFile(opening: path)
    #expect(usual.notes.contains("took the tensors of \"state_dict\""))
    #expect(usual.notes.contains { $0.contains("\"state_dict_ema\"") && $0.contains("--set") })
    #expect(usual.notes.contains { $0.contains("\"module.\"") })
    let averaged = try TensorFile(opening: path, set: "state_dict_ema")
    #expect(averaged.entries.map(\.name) == usual.entries.map(\.name))
    #expect(try averaged.tensor("norm.bias") != usual.tensor("norm.bias"))
    expectError(.noSuchMember, mentioning: "state_dict_ema") { try TensorFile(opening: path, set: "state_dict_em") }
    expectError(.unsuitable, mentioning: "one set") {
      try TensorFile(opening: Repository.fixture("foreign/one.safetensors"), set: "a")
    }
  }

  @Test("throw for a tensor that is missing or cannot be read")
  func missing() throws {
    let file = try TensorFile(opening: Repository.fixture("foreign/state.pt"))
    expectError(.noSuchMember, mentioning: "norm.weight") { try file.tensor("norm.weigh") }
    let complex = try TensorFile(opening: Repository.fixture("foreign/parameter.pt"))
    expectError(.unsupported, mentioning: "complex64") { try complex.tensor("gone") }
  }

  @Test("yield whole elements in blocks of bounded size")
  func blocks() throws {
    let count = 700_001
    let values = (0..<count).map { Double($0) }
    let path = try directory.file("large.npz")
    try TensorFile.write([OutgoingTensor("x", Tensor(values, shape: Shape([count])))], to: path, as: .numPyArchive)
    let file = try TensorFile(opening: path)
    var read: [Double] = []
    var largest = 0
    try file.read("x") { block in
      largest = max(largest, block.count)
      #expect(block.count.isMultiple(of: 8))
      read += block.bindMemory(to: Double.self)
    }
    #expect(read == values)
    #expect(largest <= 1 << 20)
  }

  @Test("in column-major order are read in row-major order, with a bounded buffer")
  func columnMajor() throws {
    // 2 × 1,100,000 numbers of 8 bytes are more than the buffer holds.
    let (rows, columns) = (2, 1_100_000)
    let header = MalformedNumPyArrayTests.file(
      "{'descr': '>i8', 'fortran_order': True, 'shape': (\(rows), \(columns))}")
    var data = header
    data.reserveCapacity(header.count + 8 * rows * columns)
    for index in 0..<rows * columns { withUnsafeBytes(of: Int64(index).bigEndian) { data += $0 } }
    let tensor = try TensorFile(opening: directory.file("fortran.npy", data)).tensor("array")
    guard case .int64(let elements) = tensor.storage else { return #expect(Bool(false)) }
    #expect(
      (0..<rows).allSatisfy { row in (0..<columns).allSatisfy { elements[row * columns + $0] == Int64($0 * rows + row) }
      })
  }
}
