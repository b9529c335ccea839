import Foundation
import Testing

@Suite("The message about a conversion")
struct ConversionMessageTests {
  private let network = "fixtures/foreign/network"

  @Test("names the description of a Keras model that is not one, and says what to give")
  func descriptions() throws {
    let session = try Session()
    let weights = "convert fixtures/keras/dense.weights.h5 TMP/out.h5 --architecture"
    let other = try session.run("\(weights) \(network).json")
    #expect(other.status == 65)
    #expect(
      other.errors.hasPrefix("bntool: \(network).json: is not a configuration of a Keras model"), "\(other.errors)")
    let missing = try session.run("\(weights) TMP/nope.json")
    #expect(missing.status == 66)
    #expect(missing.errors.hasPrefix("bntool: TMP/nope.json: there is no such file"), "\(missing.errors)")
  }

  @Test(
    "says how to describe the model of tensors, if the output needs a model",
    arguments: ["onnx", "keras", "weights.h5"])
  func models(format: String) throws {
    let outcome = try Session().run("convert \(network).pt TMP/out.\(format)")
    #expect(outcome.status == 65 && outcome.errors.contains("--architecture CONFIG.json"), "\(outcome.errors)")
  }

  @Test("says to give the whole file if a model with several inputs gets one array")
  func arrays() throws {
    let session = try Session()
    let outcome = try session.run("run fixtures/keras/masks.keras fixtures/keras/masks.h5:inputs")
    #expect(outcome.status == 66 && outcome.errors.contains("give the file without \":inputs\""), "\(outcome.errors)")
  }

  @Test("says that a renamed layer is missing in the Keras configuration")
  func renamed() throws {
    let outcome = try Session().run("rename fixtures/keras/dense.keras /first /other --output TMP/out.keras")
    #expect(outcome.status == 65 && outcome.errors.contains("folded, dropped or renamed"), "\(outcome.errors)")
  }
}
