import ComputationGraphs
import HDF5
import Interchange
import ModelFormats
import Names
import Programs
import Tensors
import TestSupport
import Testing

/// A model of `fixtures/keras` with its inputs and Keras's outputs.
struct KerasCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The file below `fixtures/keras`.
  let file: String
  /// The file of its configuration, if the first file has only weights.
  let configuration: String?

  var testDescription: String { file }

  private init(_ name: String, _ end: String, configuration: String? = nil) {
    self.name = name
    file = name + end
    self.configuration = configuration
  }

  /// Models of Keras 3 in archives.
  static let archives: [KerasCase] = [
    "activations", "dense", "merging", "functions", "scaling", "double", "convolutions", "chain", "pooling", "volumes",
    "channels_first", "normalizations", "convolutions_1d", "recurrent", "masked", "masked_axis", "embedding",
    "distributed", "nested", "frozen", "shared", "words", "built", "mobilenet", "sparsemax",
  ].map { KerasCase($0, ".keras") }

  private static let saved = [
    "dense", "convolutions", "chain", "normalizations", "recurrent", "nested", "frozen", "shared",
  ]

  /// The same models of Keras 3 in full legacy files, and as weights with a configuration.
  static let legacy = saved.map { KerasCase($0, ".h5") }
  static let weights =
    saved.map { KerasCase($0, ".weights.h5", configuration: "\($0).json") }
    + [
      KerasCase("dense", ".weights.h5", configuration: "dense.keras"),
      KerasCase("nested", ".weights.h5", configuration: "nested.h5"),
    ]

  /// Models of Keras 2.
  static let older = ["images", "sequences", "nested"].map { KerasCase("keras2-\($0)", ".h5") }

  static let all = archives + legacy + weights + older

  func load() throws -> ImportedModel {
    try KerasFormat.model(
      at: Repository.fixture("keras/\(file)"), configuration: configuration.map { Repository.fixture("keras/\($0)") })
  }

  /// The inputs that Keras got, and its outputs.
  func expected() throws -> (inputs: [Name: Tensor], outputs: [Name: Tensor]) {
    let isOlder = name.hasPrefix("keras2-")
    let file = try HDF5.File(opening: Repository.fixture(isOlder ? "keras/keras2-expected.h5" : "keras/expected.h5"))
    func tensors(_ group: String) throws -> [Name: Tensor] {
      let group = try file.openGroup("\(name)/\(group)")
      var tensors: [Name: Tensor] = [:]
      for link in try group.links() { tensors[Name(link.name)] = try group.openDataset(link.name).readTensor() }
      return tensors
    }
    return (try tensors("inputs"), try tensors("outputs"))
  }
}

/// Expects a model to compute Keras's outputs, within 1e-5 for each element.
func expectOutputs(_ case: KerasCase, of model: Model, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let (inputs, wanted) = try `case`.expected()
  try expect(model(inputs), wanted, sourceLocation: sourceLocation)
  try expect(Evaluator(model.graph, tensors: model.tensors)(inputs), wanted, sourceLocation: sourceLocation)
}

/// Expects outputs to be equal to others, within 1e-5 for each element.
private func expect(_ outputs: [Name: Tensor], _ wanted: [Name: Tensor], sourceLocation: SourceLocation) {
  #expect(Set(outputs.keys) == Set(wanted.keys), sourceLocation: sourceLocation)
  for (name, tensor) in wanted {
    guard let output = outputs[name] else { continue }
    #expect(output.shape == tensor.shape, "\(name)", sourceLocation: sourceLocation)
    guard output.shape == tensor.shape else { continue }
    expectClose(
      output.doubles, tensor.doubles, absolute: 1e-5, relative: 1e-5, "\(name)", sourceLocation: sourceLocation)
  }
}
