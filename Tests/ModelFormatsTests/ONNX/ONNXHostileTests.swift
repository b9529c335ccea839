import Foundation
import ModelFormats
import TestSupport
import Testing

@Suite("A broken or hostile ONNX file") struct ONNXHostileTests {
  /// The names of the files, each with a part of the error.
  static let cases: [(name: String, text: String)] = {
    let list = try? String(contentsOfFile: Repository.fixture("onnx/hostile.txt"), encoding: .utf8)
    return (list ?? "").split(separator: "\n").map { line in
      let parts = line.split(separator: "\t").map(String.init)
      return (parts[0], parts[1])
    }
  }()

  @Test("has a fixture for each fault") func count() { #expect(Self.cases.count == 47) }

  @Test("is refused with the reason", arguments: cases) func refused(_ name: String, _ text: String) throws {
    let error = #expect(throws: ModelFormatError.self) {
      try ONNXFormat.model(at: Repository.fixture("onnx/hostile-\(name).onnx"))
    }
    let message = "\(try #require(error))"
    #expect(message.contains(text), "\(message) does not mention \(text)")
  }

  @Test("is refused when it is cut off anywhere") func cuts() throws {
    let whole = try [UInt8](bytes(Repository.fixture("onnx/residual-dynamo.onnx")))
    let folder = try TemporaryDirectory()
    for count in stride(from: 0, to: whole.count - 1, by: 37) {
      let path = try folder.file("cut.onnx", Array(whole[..<count]))
      #expect(throws: ModelFormatError.self) { try ONNXFormat.model(at: path) }
    }
  }

  @Test("cannot read external data through a link that leads out of its folder") func links() throws {
    let folder = try TemporaryDirectory()
    let secret = try folder.file("secret.data", [UInt8](repeating: 0, count: 4096))
    let inner = folder.path + "/inner"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: inner + "/residual-torchscript.data", withDestinationPath: secret)
    try FileManager.default.copyItem(
      atPath: Repository.fixture("onnx/residual-torchscript.onnx"), toPath: inner + "/model.onnx")
    let error = #expect(throws: ModelFormatError.self) { try ONNXFormat.model(at: inner + "/model.onnx") }
    #expect(error?.message.contains("leads out of the model's folder") ?? false)
  }

  @Test("that does not exist is not readable") func missing() {
    let error = #expect(throws: ModelFormatError.self) { try ONNXFormat.model(at: "/missing/model.onnx") }
    #expect(error?.code == .notReadable)
  }
}
