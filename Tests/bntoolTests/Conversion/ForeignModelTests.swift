import Foundation
import TestSupport
import Testing

@Suite("A model of another framework")
struct ForeignModelTests {
  private static let onnx = "fixtures/onnx/residual-torchscript.onnx"
  private static let keras = "fixtures/keras/mobilenet.keras"
  private let onnx = ForeignModelTests.onnx
  private let keras = ForeignModelTests.keras
  private let images = "fixtures/keras/expected.h5:mobilenet/inputs/input_layer"

  @Test("is inspected, measured, verified and compared like a checkpoint", arguments: [onnx, keras])
  func reports(_ file: String) throws {
    let session = try Session()
    #expect(try session.run("inspect \(file)").output.contains("≈ training average, ε"))
    #expect(try session.run("stats \(file)").output.contains("≈ training average, ε"))
    let verified = try session.run("verify --strict \(file)")
    #expect(verified.status == 0 && verified.output.contains("is a moving average that training kept"))
    #expect(try session.run("convert \(file) TMP/model.h5").status == 0)
    #expect(try session.run("diff \(file) TMP/model.h5").status == 0)
    #expect(try session.run("verify TMP/model.h5").output.contains("model.h5: "))
  }

  @Test("of Keras is the same in an archive and in a legacy file", arguments: ["dense", "nested", "recurrent"])
  func legacy(name: String) throws {
    let session = try Session()
    let diff = "diff fixtures/keras/\(name).keras fixtures/keras/\(name).h5 --ignore /provenance"
    let same = try session.run(diff)
    #expect(same.status == 0, "\(same.output)")
  }

  @Test("is averaged, with the format of the output's extension")
  func average() throws {
    let session = try Session()
    #expect(try session.run("average \(keras) \(keras) --output TMP/mean.keras").status == 0)
    // The sum of negative zeros is positive.
    let same = try session.run("diff \(keras) TMP/mean.keras --ignore /provenance --tolerance 1e-9")
    #expect(same.status == 0, "\(same.output)")
    #expect(try session.run("average \(onnx) \(onnx) --output TMP/mean.onnx").status == 0)
    #expect(try session.run("average \(onnx) \(onnx) --output TMP/mean.safetensors").status == 0)
    #expect(try session.run("diff \(onnx) TMP/mean.safetensors --ignore /provenance").status == 0)
    let mixed = try session.run("average \(keras) fixtures/foreign/state.pt --output TMP/mean.h5")
    #expect(mixed.status == 65 && mixed.errors.contains("state.pt: holds only tensors"))
  }

  @Test("gets averaged statistics, and goes back into its format")
  func statistics() throws {
    let session = try Session()
    #expect(try session.run("collect \(keras) \(images) --batch-size 3 --output TMP/pairs.h5").status == 0)
    let averaged = try session.run("average-stats TMP/pairs.h5 --model \(keras) --output TMP/averaged.keras")
    #expect(averaged.status == 0, "\(averaged.errors)")
    #expect(averaged.output.contains("all with the model's parameters"))
    #expect(try session.run("recalibrate \(keras) \(images) --batch-size 3 --output TMP/again.keras").status == 0)
    #expect(try session.run("diff TMP/averaged.keras TMP/again.keras --ignore /provenance").status == 0)
  }

  @Test("gives no update pairs from its training averages", arguments: [onnx, keras])
  func trainingAverages(_ file: String) throws {
    let session = try Session()
    #expect(try session.run("convert \(file) TMP/model.h5").status == 0)
    for command in ["average-stats \(file) --output TMP/out.h5", "extract TMP/model.h5 --output TMP/out.h5"] {
      let refused = try session.run(command)
      #expect(refused.status == 1)
      #expect(refused.errors.contains("whose number of observations is unknown"), "\(refused.errors)")
    }
    #expect(try session.run("collect \(keras) \(images) --output TMP/pairs.h5").status == 0)
    let mixed = try session.run("average-stats \(keras) TMP/pairs.h5 --model \(keras) --output TMP/averaged.h5")
    #expect(mixed.status == 0 && !mixed.output.contains("2 update pairs"), "\(mixed.output)\(mixed.errors)")
  }

  @Test("is not written in a format that cannot hold the result")
  func refused() throws {
    let session = try Session()
    let pickle = try session.run("fold \(keras) --output TMP/out.pt")
    #expect(pickle.status == 64 && pickle.errors.contains("this command does not write a PyTorch file"))
    let pairs = try session.run("collect \(keras) \(images) --output TMP/out.safetensors")
    #expect(pairs.status == 64 && pairs.errors.contains("name the output NAME.h5"))
    let layers = try session.run("fold \(keras) --partial --output TMP/out.keras")
    #expect(layers.status == 65 && layers.errors.contains(".onnx or .safetensors"))
    let recorded = try session.run("average-stats fixtures/digits/snapshot-5.h5 --output TMP/out.safetensors")
    #expect(recorded.status == 65 && recorded.errors.contains("update pairs would be lost"))
    let files = try FileManager.default.contentsOfDirectory(atPath: session.folder)
    #expect(files.filter { $0.hasPrefix("out") || $0.hasSuffix(".tmp") } == [])
  }
}
