import Checkpoints
import Foundation
import Interchange
import TestSupport
import Testing

@Suite("bntool convert")
struct ConvertTests {
  private let foreign = "fixtures/foreign"
  private let right = "fixtures/valid/plain.h5"

  @Test("takes a checkpoint to safetensors or .npz and back to the same bytes", arguments: ["safetensors", "npz"])
  func roundTrip(format: String) throws {
    let session = try Session()
    for name in ["plain", "steps-input", "spatial-normalization", "persistent-tensors"] {
      let input = "fixtures/valid/\(name).h5"
      #expect(try session.run("convert \(input) TMP/\(name).\(format)").status == 0)
      #expect(try session.run("convert TMP/\(name).\(format) TMP/\(name).h5").status == 0)
      #expect(try session.run("diff \(input) TMP/\(name).h5").status == 0, "\(name)")
      #expect(try session.run("verify TMP/\(name).\(format)").status == 0)
    }
  }

  @Test(
    "copies tensors of every format to safetensors",
    arguments: ["state.pt", "arrays.npz", "blocks.tar", "layers.weights.h5"])
  func tensors(name: String) throws {
    let session = try Session()
    let lossy = name == "blocks.tar" ? " --allow-loss" : ""
    #expect(try session.run("convert \(foreign)/\(name) TMP/out.safetensors\(lossy)").status == 0)
    #expect(try session.run("diff \(foreign)/\(name) TMP/out.safetensors").status == 0)
  }

  @Test("names the intended format of a truncated file", arguments: [0.3, 0.66, 0.99])
  func cutOff(share: Double) throws {
    let session = try Session()
    let whole = try Data(contentsOf: Session.root.appending(path: "fixtures/onnx/mobilenet-v2-dynamo.onnx"))
    try withTemporaryFolder { folder in
      let path = "\(folder)/cut.onnx"
      try whole.prefix(Int(Double(whole.count) * share)).write(to: URL(filePath: path))
      for command in ["inspect \(path)", "convert \(path) TMP/out.h5", "run \(path) fixtures/digits/test.h5:images"] {
        let outcome = try session.run(command)
        #expect(outcome.status == 65, "\(command)")
        #expect(outcome.errors.contains("ONNX") && !outcome.errors.contains("HDF5"), "\(outcome.errors)")
      }
    }
  }

  @Test("refuses to drop content silently, and names what would be lost")
  func loss() throws {
    let session = try Session()
    let skipped = try session.run("convert \(foreign)/generic.h5 TMP/out.safetensors")
    #expect(skipped.status == 65 && skipped.errors.contains("--allow-loss") && skipped.errors.contains("text"))
    let type = try session.run("convert \(foreign)/views.pt TMP/out.npz")
    #expect(type.status == 65 && type.errors.contains("bfloat16") && type.errors.contains("NAME.safetensors"))
    let graph = try session.run("convert \(foreign)/state.pt TMP/out.h5")
    #expect(graph.status == 65 && graph.errors.contains("--architecture CONFIG.json"))
    #expect(try session.run("convert \(foreign)/state.pt TMP/out.bin").status == 64)
    #expect(try session.run("convert \(foreign)/state.pt TMP/out.npz --from safetensors").status == 65)
    #expect(try session.run("convert \(foreign)/state.pt TMP/out.npz --dry-run").status == 0)
    #expect(!FileManager.default.fileExists(atPath: "\(session.folder)/out.npz"))
  }

  @Test("fills a described model from a state dictionary of PyTorch, which then computes PyTorch's outputs")
  func architecture() throws {
    let session = try Session()
    let config = "\(foreign)/network.json"
    let missing = try session.run("convert \(foreign)/network.pt TMP/net.h5 --architecture \(config)")
    #expect(missing.status == 64 && missing.errors.contains("--epsilon 1e-5"))
    let made = try session.run(
      "convert \(foreign)/network.pt TMP/net.h5 --architecture \(config) --epsilon 1e-5 --explain")
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("transposed (out, in) → (in, out)") && made.output.contains("√(variance + 1e-05)"))
    let run = try session.run("run TMP/net.h5 \(foreign)/network-input.npy --output TMP/outputs.npy")
    #expect(run.status == 0, "\(run.errors)")
    let outputs = try NumPyArray(opening: "\(session.folder)/outputs.npy").read().doubles
    let expected = try NumPyArray(opening: Repository.fixture("foreign/network-output.npy")).read().doubles
    #expect(outputs.count == expected.count)
    expectClose(outputs, expected, relative: 1e-6)
  }

  @Test(
    "fills embeddings, recurrences, and layer and group normalizations, which then compute PyTorch's outputs",
    arguments: ["words", "rows", "groups"])
  func layers(name: String) throws {
    let session = try Session()
    let made = try session.run("convert \(foreign)/\(name).pt TMP/net.h5 --architecture \(foreign)/\(name).json")
    #expect(made.status == 0, "\(made.errors)")
    let run = try session.run("run TMP/net.h5 \(foreign)/\(name)-input.npy --output TMP/outputs.npy")
    #expect(run.status == 0, "\(run.errors)")
    let outputs = try NumPyArray(opening: "\(session.folder)/outputs.npy").read()
    let expected = try NumPyArray(opening: Repository.fixture("foreign/\(name)-output.npy")).read()
    #expect(outputs.shape == expected.shape)
    expectClose(outputs.doubles, expected.doubles, absolute: 1e-6)
    #expect(Set(expected.doubles).count == expected.doubles.count)
  }

  @Test(
    "says why a module and a brick do not fit, and what to change",
    arguments: [
      (#""hasPeepholes": false"#, #""hasPeepholes": true"#, "set \"hasPeepholes\": false"),
      (
        #"{"type": "LSTM", "dimension": 4, "hasPeepholes": false}"#, #"{"type": "GRU", "dimension": 4}"#,
        "lstm.l0: is a layer of an LSTM, but /net/lstm_0/forward is a layer of a GRU"
      ),
      (#""dimension": 4"#, #""dimension": 3"#, "gives /net/lstm_0/forward.W_input the shape"),
      (#""count": 7"#, #""count": 8"#, "gives /net/embedding.W the shape 7×5, but the architecture has 8×5"),
      (
        "LayerNormalization", "BatchNormalization",
        "norm: is a layer or group normalization, but /net/norm is a batch normalization"
      ),
      (#""int64""#, #""int32""#, "use float32 or float64 or int64"),
      (#", "type": "int64""#, "", "give the input \"type\": \"int64\""),
    ])
  func unfitting(old: String, new: String, message: String) throws {
    let layer = #"""
      "prototype": {"type": "MappedRecurrent", "prototype": {"type": "LSTM", "dimension": 4, "hasPeepholes": false}}
      """#
    let description = #"""
      {
        "brick": {"type": "Sequence", "name": "net", "bricks": [
          {"type": "Embedding", "name": "embedding", "count": 7, "dimension": 5},
          {"type": "Bidirectional", "name": "lstm_0", \#(layer)},
          {"type": "Bidirectional", "name": "lstm_1", \#(layer)},
          {"type": "LastStep", "name": "last"},
          {"type": "LayerNormalization", "name": "norm"},
          {"type": "Linear", "name": "out", "outputDimension": 3}
        ]},
        "input": {"name": "words", "shape": [], "sequence": true, "type": "int64"}
      }
      """#
    let session = try Session()
    for (text, status) in [(description, 0), (description.replacingOccurrences(of: old, with: new), 65)] {
      try Data(text.utf8).write(to: URL(filePath: "\(session.folder)/net.json"))
      let outcome = try session.run("convert \(foreign)/words.pt TMP/net.h5 --architecture TMP/net.json --epsilon 1e-5")
      #expect(Int(outcome.status) == status, "\(outcome.errors)")
      if status != 0 { #expect(outcome.errors.contains(message), "\(outcome.errors)") }
    }
  }

  @Test(
    "refuses options that would have no effect",
    arguments: [
      ("onnx/old.onnx", "--epsilon 1e-5"), ("onnx/old.onnx", "--architecture fixtures/foreign/network.json"),
      ("onnx/old.onnx", "--map fixtures/foreign/network.json"), ("onnx/old.onnx", "--set ema"),
      ("valid/plain.h5", "--epsilon 1e-5"), ("foreign/layers.keras", "--epsilon 1e-5"),
      ("foreign/one.safetensors", "--set ema"), ("foreign/state.pt", "--input-shape x=1,2"),
    ])
  func unused(file: String, options: String) throws {
    let outcome = try Session().run("convert fixtures/\(file) TMP/out.npz \(options)")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("which does not take this option; leave it out"), "\(outcome.errors)")
  }

  @Test("refuses a file of another kind as the description of bricks")
  func otherDescription() throws {
    let outcome = try Session().run(
      "convert fixtures/foreign/network.pt TMP/out.h5 --architecture fixtures/foreign/layers.keras")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("is a .keras archive, but") && outcome.errors.contains("bntool init"))
  }

  @Test("warns that stale statistics and those that were never estimated look right in formats of other programs")
  func states() throws {
    let session = try Session()
    let never = try session.run("convert fixtures/digits/snapshot-1.h5 TMP/never.onnx --allow-loss")
    #expect(never.status == 0)
    #expect(
      never.errors.contains("the statistics of 3 normalizations were never estimated")
        && never.errors.contains("/mlp/batch_norm_activation_0/batchnormalization"), "\(never.errors)")
    let stale = try session.run("average fixtures/digits/late-4.h5 fixtures/digits/late-5.h5 --output TMP/stale.onnx")
    #expect(stale.status == 0)
    #expect(
      stale.errors.contains(
        "the statistics of 3 normalizations are stale (/mlp/batch_norm_activation_0/batchnormalization"),
      "\(stale.errors)")
    #expect(stale.errors.contains("an ONNX model cannot record this") && stale.errors.contains("bntool recalibrate"))
    let right = try session.run("convert fixtures/digits/late-5.h5 TMP/right.onnx")
    #expect(right.status == 0 && right.errors.isEmpty, "\(right.errors)")
    // These formats carry the origins of statistics.
    let carried = try session.run("convert fixtures/digits/snapshot-1.h5 TMP/never.safetensors --allow-loss")
    #expect(carried.status == 0 && carried.errors.isEmpty, "\(carried.errors)")
  }

  @Test("renames tensors by a map")
  func map() throws {
    let session = try Session()
    try Data(#"{"out.bias": "classifier.bias"}"#.utf8).write(to: URL(fileURLWithPath: "\(session.folder)/map.json"))
    #expect(try session.run("convert \(foreign)/state.pt TMP/out.npz --map TMP/map.json").status == 0)
    let difference = try session.run("diff \(foreign)/state.pt TMP/out.npz")
    #expect(difference.status == 1 && difference.output.contains("the same numbers: out.bias → classifier.bias"))
  }

  @Test("shows normalizations of state dictionaries, and averages them in double precision")
  func commands() throws {
    let session = try Session()
    let inspected = try session.run("inspect \(foreign)/state.pt")
    #expect(inspected.status == 0 && inspected.output.contains("norm") && inspected.output.contains("ε unknown"))
    #expect(try session.run("stats \(foreign)/state.pt").output.contains("μ"))
    #expect(try session.run("verify \(foreign)/state.pt \(foreign)/views.pt").status == 0)
    #expect(try session.run("verify fixtures/malformed/files/hole.safetensors").status == 1)
    #expect(
      try session.run("average \(foreign)/state.pt \(foreign)/legacy.pt --output TMP/mean.safetensors").status == 0)
    // Both files hold the same numbers, so the average is the same to the bit.
    #expect(try session.run("diff \(foreign)/state.pt TMP/mean.safetensors").status == 0)
    #expect(try session.run("average \(foreign)/state.pt \(right) --output TMP/x.safetensors").status == 65)
    #expect(try session.run("average \(foreign)/state.pt \(foreign)/views.pt --output TMP/x.safetensors").status == 65)
  }

  @Test("is not needed if a command's output has the extension of another format")
  func outputs() throws {
    let session = try Session()
    #expect(try session.run("fold fixtures/digits/late-5.h5 --output TMP/folded.safetensors").status == 0)
    #expect(try session.run("inspect TMP/folded.safetensors").output.contains("folded.safetensors · model"))
    #expect(try session.run("run TMP/folded.safetensors fixtures/digits/test.h5:images").status == 0)
  }
}
