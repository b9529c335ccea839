import ModelFormats
import Names
import TestSupport
import Testing

@Suite("A hostile file of Keras") struct KerasHostileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let code: ModelFormatError.Code
    let mentions: [String]
    var testDescription: String { name }

    init(_ name: String, _ code: ModelFormatError.Code, _ mentions: String...) {
      (self.name, self.code, self.mentions) = (name, code, mentions)
    }
  }

  static let cases = [
    Case("lambda", .unsupported, "m/code", "Python code (Lambda)", "never run"),
    Case("lambda-nested", .unsupported, "m/outer/inner/code", "Lambda"),
    Case("lambda-in-wrapper", .unsupported, "m/steps/code", "Lambda"),
    Case("lambda-as-activation", .unsupported, "m/d", "__lambda__"),
    Case("custom-class", .unsupported, "mine", "mypackage>Dense"),
    Case("unknown-class", .unsupported, "attention", "MultiHeadAttention"),
    Case("subclassed", .unsupported, "MyModel"),
    Case("unknown-activation", .unsupported, "d", "\"mine\""),
    Case("config-cut", .malformed, "JSON"),
    Case("config-is-a-list", .malformed, "not an object"),
    Case("config-not-text", .malformed, "JSON"),
    Case("layers-missing", .unsupported, "no list of layers"),
    Case("units-missing", .malformed, "d", "\"units\""),
    Case("units-negative", .malformed, "d", "-1"),
    Case("units-huge", .malformed, "layers/dense/vars/0", "3×2"),
    Case("units-is-text", .malformed, "units", "text"),
    Case("name-missing", .malformed, "Dense has no name"),
    Case("name-twice", .malformed, "two layers are named \"d\""),
    Case("deep-models", .unsupported, "nested more than 32 levels deep"),
    Case("deep-json", .malformed, "512"),
    Case("circle", .malformed, "in a circle", "[\"b\", 0, 0]"),
    Case("self-circle", .malformed, "in a circle", "[\"a\", 0, 0]"),
    Case("dangling-input", .malformed, "nowhere"),
    Case("dangling-output", .malformed, "nowhere"),
    Case("negative-node", .malformed, "negative"),
    Case("training-call", .unsupported, "training=True"),
    Case("no-shape", .incomplete, "shape of the input"),
    Case("kernel-huge", .malformed, "kernel_size"),
    Case("reshape-overflow", .malformed, "too large"),
    Case("axis-beyond", .malformed, "axis 9"),
    Case("input-huge", .unsupported, "too many elements"),
    Case("resize-huge", .unsupported, "big", "too large"),
    Case("up-sampling-huge", .unsupported, "too large"),
    Case("axes-empty", .malformed, "norm", "axes"),
    Case("weight-missing", .malformed, "layers/dense/vars/1", "bias"),
    Case("weight-wrong-shape", .malformed, "4×2", "(3, 2)"),
    Case("weight-is-text", .unsupported, "layers/dense/vars/0"),
  ]

  @Test("is refused with the place and the reason", arguments: cases)
  func refused(_ case: Case) {
    _ = expectError(
      ModelFormatError.self, mentioning: ["hostile-\(`case`.name).keras"] + `case`.mentions,
      sourceLocation: #_sourceLocation
    ) {
      try KerasFormat.model(at: Repository.fixture("keras/hostile-\(`case`.name).keras"))
    } where: {
      $0.code == `case`.code
    }
  }

  @Test("that is neither an archive nor HDF5 is refused") func neither() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("m.keras", Array("this is text".utf8))
    _ = expectError(ModelFormatError.self, mentioning: ["m.keras"], sourceLocation: #_sourceLocation) {
      try KerasFormat.model(at: path)
    } where: {
      $0.code == .malformed
    }
  }
}
