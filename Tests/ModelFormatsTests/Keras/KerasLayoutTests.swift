import ComputationGraphs
import HDF5
import ModelFormats
import Names
import Tensors
import TestSupport
import Testing

@Suite("Keras weights in a rare layout") struct KerasLayoutTests {
  private func dense() throws -> (case: KerasCase, model: Model) {
    let dense = try #require(KerasCase.archives.first { $0.name == "dense" })
    return (dense, try dense.load().model)
  }

  private func model(_ file: String, configuration: String? = nil) throws -> Model {
    try KerasFormat.model(
      at: Repository.fixture("keras/\(file)"), configuration: configuration.map { Repository.fixture("keras/\($0)") }
    ).model
  }

  @Test("are read from shards") func shards() throws {
    let (dense, whole) = try dense()
    let sharded = try model("sharded.weights.json", configuration: "dense.json")
    #expect(
      sharded.tensors.filter { $0.key.name != "seed_generator_state" }
        == whole.tensors.filter { $0.key.name != "seed_generator_state" })
    try expectOutputs(dense, of: sharded)
  }

  @Test("are read if their names are in several attributes") func divided() throws {
    let (dense, _) = try dense()
    try expectOutputs(dense, of: model("divided.h5"))
  }

  @Test("are widened from bfloat16") func bfloat16() throws {
    let path = try TensorPath(.parameters, brick: "/first", name: "W")
    let whole = try dense().model.tensor(path)
    let half = try model("bfloat16.weights.h5", configuration: "dense.json").tensor(path)
    let truncated = whole.doubles.map { Float(bitPattern: Float($0).bitPattern & 0xFFFF_0000) }
    #expect(try half == Tensor(truncated, shape: whole.shape))
  }

  @Test("keep the type bfloat16 and its bytes when they are written again") func bfloat16Again() throws {
    let model = try model("bfloat16.weights.h5", configuration: "dense.json")
    #expect(try model.storedType(of: TensorPath(.parameters, brick: "/first", name: "W")) == .bfloat16)
    #expect(try model.storedType(of: TensorPath(.parameters, brick: "/first", name: "b")) == .float32)
    let folder = try TemporaryDirectory()
    let copy = try folder.file("copy.weights.h5")
    try KerasFormat.write(model, to: copy)
    let bytes = try [Repository.fixture("keras/bfloat16.weights.h5"), copy].map { path in
      let dataset = try HDF5.File(opening: path).openDataset("layers/dense/vars/0")
      #expect(try dataset.text(inAttribute: "dtype") == "bfloat16")
      return try dataset.readBytes()
    }
    #expect(bytes[0] == bytes[1])
  }

  @Test("in shards outside their folder are refused") func outside() throws {
    let directory = try TemporaryDirectory()
    let index = #"{"metadata": {}, "weight_map": {"/layers/dense/vars": "../secret.weights.h5"}}"#
    let path = try directory.file("model.weights.json", Array(index.utf8))
    _ = expectError(ModelFormatError.self, mentioning: ["../secret.weights.h5"], sourceLocation: #_sourceLocation) {
      try KerasFormat.model(at: path, configuration: Repository.fixture("keras/dense.json"))
    } where: {
      $0.code == .malformed
    }
  }

  @Test("that belong to another configuration are refused", arguments: ["shared.json", "convolutions.json"])
  func mismatched(configuration: String) throws {
    for file in ["dense.h5", "dense.weights.h5"] {
      _ = expectError(ModelFormatError.self, mentioning: [file, "configuration"], sourceLocation: #_sourceLocation) {
        try model(file, configuration: configuration)
      } where: {
        $0.code == .malformed
      }
    }
  }
}
