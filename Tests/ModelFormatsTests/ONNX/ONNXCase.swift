import ComputationGraphs
import HDF5
import Interchange
import ModelFormats
import Names
import Programs
import TestSupport
import Tensors
import Testing

/// A model of `fixtures/onnx` with its inputs and onnxruntime's outputs.
struct ONNXCase: Sendable, CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }

  /// Models that PyTorch exported, with both exporters if the newer one can export them.
  static let exported =
    ([
      "residual", "rows", "volumes", "shuffle", "norms", "activations", "resized", "mobilenet-v2", "densenet",
    ].flatMap { name in ["torchscript", "dynamo"].map { ONNXCase(name: "\(name)-\($0)") } })
    + [ONNXCase(name: "recurrent-torchscript")]

  /// Models written by hand.
  static let handmade = ["padded", "old", "channels-last", "loops", "arrangements"].map(ONNXCase.init) + narrow

  /// Models that compute in 16 bits, with the type. The expected outputs are those in single precision.
  static let narrow = ["half", "half-inside", "brain"].map(ONNXCase.init)

  static let all = exported + handmade

  var path: String { Repository.fixture("onnx/\(name).onnx") }

  func load() throws -> ImportedModel { try ONNXFormat.model(at: path) }

  /// The inputs that onnxruntime got, and its outputs.
  func expected() throws -> (inputs: [Name: Tensor], outputs: [Name: Tensor]) {
    let file = try HDF5.File(opening: Repository.fixture("onnx/expected.h5"))
    func tensors(_ group: String) throws -> [Name: Tensor] {
      let group = try file.openGroup("\(name)/\(group)")
      var tensors: [Name: Tensor] = [:]
      for link in try group.links() { tensors[Name(link.name)] = try group.openDataset(link.name).readTensor() }
      return tensors
    }
    return (try tensors("inputs"), try tensors("outputs"))
  }
}

/// Expects a model to compute onnxruntime's outputs, within 1e-5 for each element, by the interpreter and by a program.
func expectOutputs(_ case: ONNXCase, of model: Model, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let (inputs, wanted) = try `case`.expected()
  for outputs in [try model(inputs), try Evaluator(model.graph, tensors: model.tensors)(inputs)] {
    #expect(Set(outputs.keys) == Set(wanted.keys), sourceLocation: sourceLocation)
    for (name, tensor) in wanted {
      let output = try #require(outputs[name], sourceLocation: sourceLocation)
      #expect(output.shape == tensor.shape, "\(name)", sourceLocation: sourceLocation)
      guard output.shape == tensor.shape else { continue }
      expectClose(
        output.doubles, tensor.doubles, absolute: 1e-5, relative: 1e-5, "\(name)", sourceLocation: sourceLocation)
    }
  }
}
