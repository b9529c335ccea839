import Foundation
import Interchange
import TestSupport
import Testing

@Suite("A model that is not supported")
struct UnsupportedModelTests {
  private static let onnx = "fixtures/onnx/unsupported.onnx"
  private static let keras = "fixtures/keras/variable.keras"

  @Test(
    "is verified as a file of tensors, with all its numbers",
    arguments: [
      (
        onnx, 8,
        ["fc.weight: 2 elements not finite", "half: 1 element not finite", "words: string elements are not read"]
      ),
      (keras, 9, ["layers/conv1d/vars/1: 1 element not finite", "has unknown extents"]),
      ("fixtures/keras/hostile-unknown-class.keras", 2, ["MultiHeadAttention are not supported"]),
    ])
  func verified(_ file: String, _ count: Int, _ findings: [String]) throws {
    let session = try Session()
    let outcome = try session.run("verify --strict \(file)")
    #expect(outcome.status == (findings.contains { $0.contains("not finite") } ? 1 : 0))
    #expect(outcome.output.contains("\(count) tensors checked"), "\(outcome.output)")
    for finding in findings { #expect(outcome.output.contains(finding), "\(outcome.output)") }
    #expect(try session.run("verify \(file)").status == 0)
  }

  @Test("is read as named tensors, with a warning", arguments: [(onnx, "fc.bias"), (keras, "layers/conv1d/vars/1")])
  func tensors(_ file: String, _ name: String) throws {
    let session = try Session()
    let warning = "Only the tensors of the file are used"
    for command in ["inspect", "stats"] {
      let outcome = try session.run("\(command) \(file)")
      #expect(outcome.status == 0 && outcome.errors.contains(warning), "\(outcome.errors)")
    }
    #expect(try session.run("inspect \(file)").output.contains(name))
    let lossy = file == Self.onnx ? " --allow-loss" : ""
    let made = try session.run("convert \(file) TMP/out.safetensors\(lossy)")
    #expect(made.status == 0 && made.errors.contains(warning), "\(made.errors)")
    #expect(try session.run("diff \(file) TMP/out.safetensors").status == 0)
    let model = try session.run("convert \(file) TMP/out.h5")
    #expect(model.status != 0 && !model.errors.contains(warning), "\(model.errors)")
  }

  @Test("of ONNX has the numbers of its initializers, in every way in which ONNX stores them")
  func numbers() throws {
    let session = try Session()
    #expect(try session.run("convert \(Self.onnx) TMP/out.npz --allow-loss").status == 0)
    let file = try TensorFile(opening: "\(session.folder)/out.npz")
    func numbers(_ name: Name) throws -> [Double] { try file.tensor(name).doubles.filter(\.isFinite) }
    #expect(try numbers("fc.weight") == [1, 3, 5, 6])
    #expect(try numbers("fc.bias") == [0.5, -2])
    #expect(try numbers("half") == [1, -0.25])
    #expect(try numbers("double") == [1.5, 2.5])
    #expect(try numbers("count") == [7])
    #expect(try numbers("flags") == [1, 0, 1])
  }
}

@Suite("A model of PyTorch's AveragedModel")
struct AveragedModelTests {
  private let averaged = "fixtures/foreign/averaged.pt"
  private let network = "fixtures/foreign/network"

  @Test("has the tensors of the averaged model, without the count of models")
  func tensors() throws {
    let session = try Session()
    #expect(try session.run("diff \(averaged) \(network).pt").status == 0)
    let inspected = try session.run("inspect \(averaged)")
    #expect(inspected.output.contains("ignored \"n_averaged\""), "\(inspected.output)")
    let mean = try session.run("average \(averaged) \(network).pt --output TMP/mean.safetensors")
    #expect(mean.status == 0 && mean.errors.contains("ignored \"n_averaged\""), "\(mean.errors)")
    #expect(try session.run("diff \(network).pt TMP/mean.safetensors").status == 0)
    let made = try session.run("convert \(averaged) TMP/net.h5 --architecture \(network).json --epsilon 1e-5")
    #expect(made.status == 0, "\(made.errors)")
  }
}
