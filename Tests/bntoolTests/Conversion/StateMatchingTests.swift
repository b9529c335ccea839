import Foundation
import Interchange
import Tensors
import TestSupport
import Testing

@Suite("bntool convert --architecture")
struct StateMatchingTests {
  private let session: Session
  private let network = "fixtures/foreign/network"

  init() throws { session = try Session() }

  /// Writes a description of linear layers from 1 number to 1 number, in the order of their use.
  private func describe(_ names: [String]) throws {
    let bricks = names.map { #"{"type": "Linear", "name": "\#($0)", "outputDimension": 1}"# }.joined(separator: ", ")
    let text =
      #"{"brick": {"type": "Sequence", "name": "net", "bricks": [\#(bricks)]}, "input": {"name": "x", "shape": [1]}}"#
    try Data(text.utf8).write(to: URL(filePath: "\(session.folder)/net.json"))
  }

  /// Writes the layers a: 2x + 1, b: 5x + 100 and c: 3x + 10, in alphabetical order as the library safetensors does.
  private func write(_ format: String, prefix: String = "") throws {
    let values: [(String, Float, [Int])] = [
      ("a.bias", 1, [1]), ("a.weight", 2, [1, 1]), ("b.bias", 100, [1]), ("b.weight", 5, [1, 1]), ("c.bias", 10, [1]),
      ("c.weight", 3, [1, 1]),
    ]
    let tensors = values.map { name, value, shape in
      OutgoingTensor(.init(name: Name(prefix + name), shape: Shape(shape), type: .float32)) { write in
        try withUnsafeBytes(of: value.bitPattern.littleEndian) { try write($0) }
      }
    }
    let path = "\(session.folder)/layers.\(format)"
    try TensorFile.write(tensors, metadata: [:], to: path, as: format == "npz" ? .numPyArchive : .safetensors)
  }

  private func output(of line: String) throws -> [Double] {
    let run = try session.run("run \(line) --output TMP/out.npy")
    #expect(run.status == 0, "\(run.errors)")
    return try NumPyArray(opening: "\(session.folder)/out.npy").read().doubles
  }

  @Test(
    "matches modules with bricks by name, whatever the order of the file and the outer names are",
    arguments: ["safetensors", "npz"], ["", "model.encoder."])
  func names(format: String, prefix: String) throws {
    try describe(["a", "c", "b"])
    try write(format, prefix: prefix)
    let made = try session.run("convert TMP/layers.\(format) TMP/net.h5 --architecture TMP/net.json")
    #expect(made.status == 0 && made.errors.isEmpty, "\(made.errors)")
    try NumPyArray.write(Tensor([1] as [Float], shape: [1, 1]), to: "\(session.folder)/x.npy")
    // b(c(a(1))) = 5 · (3 · (2 · 1 + 1) + 10) + 100. With b and c exchanged it would be 355.
    #expect(try output(of: "TMP/net.h5 TMP/x.npy") == [195])
  }

  @Test("refuses to match a file without an order of modules by order, and shows the --map for it")
  func noOrder() throws {
    try write("safetensors")
    try describe(["a", "x", "y"])
    let two = try session.run("convert TMP/layers.safetensors TMP/net.h5 --architecture TMP/net.json")
    #expect(two.status == 65)
    #expect(two.errors.contains("the modules b and c, and the bricks /net/x and /net/y"), "\(two.errors)")
    #expect(two.errors.contains(#"a file with {"b": "BRICK", "c": "BRICK"}, with the right brick"#), "\(two.errors)")
    try describe(["a", "c", "y"])
    let one = try session.run("convert TMP/layers.safetensors TMP/net.h5 --architecture TMP/net.json")
    #expect(one.status == 65)
    #expect(one.errors.hasSuffix("a file with {\"b\": \"/net/y\"}\n"), "\(one.errors)")
    try Data(#"{"b": "/net/y"}"#.utf8).write(to: URL(filePath: "\(session.folder)/map.json"))
    let mapped = try session.run(
      "convert TMP/layers.safetensors TMP/net.h5 --architecture TMP/net.json --map TMP/map.json")
    #expect(mapped.status == 0, "\(mapped.errors)")
  }

  @Test("matches the modules of a PyTorch file by order only if no name agrees, with a warning")
  func order() throws {
    let text = try String(contentsOfFile: Repository.fixture("foreign/network.json"), encoding: .utf8)
    let convert = "convert \(network).pt TMP/net.h5 --epsilon 1e-5 --architecture TMP/net.json"
    let renamed = text.replacing("\"conv\"", with: "\"first\"").replacing("\"norm\"", with: "\"second\"")
    try Data(renamed.replacing("\"out\"", with: "\"third\"").utf8).write(
      to: URL(filePath: "\(session.folder)/net.json"))
    let made = try session.run(convert)
    #expect(made.status == 0)
    #expect(made.errors.contains("warning"), "\(made.errors)")
    #expect(made.errors.contains("conv → /net/features/first, norm → /net/features/second and out → /net/third"))
    let expected = try NumPyArray(opening: Repository.fixture("foreign/network-output.npy")).read().doubles
    let outputs = try output(of: "TMP/net.h5 \(network)-input.npy")
    expectClose(outputs, expected, relative: 1e-6)
    try Data(renamed.utf8).write(to: URL(filePath: "\(session.folder)/net.json"))
    let some = try session.run(convert)
    #expect(some.status == 65)
    #expect(
      some.errors.contains(#"{"conv": "/net/features/first", "norm": "/net/features/second"}"#), "\(some.errors)")
  }
}
