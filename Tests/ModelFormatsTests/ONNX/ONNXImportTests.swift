import Checkpoints
import ComputationGraphs
import ModelFormats
import Names
import TestSupport
import Tensors
import Testing

@Suite("An ONNX model") struct ONNXImportTests {
  @Test("computes onnxruntime's outputs", arguments: ONNXCase.all) func outputs(_ case: ONNXCase) throws {
    try expectOutputs(`case`, of: `case`.load().model)
  }

  @Test("is the same after it was saved and loaded", arguments: ONNXCase.all) func saved(_ case: ONNXCase) throws {
    let model = try `case`.load().model
    try withTemporaryFile { path in
      try model.save(to: path)
      #expect(try Model(checkpoint: path) == model)
    }
  }

  @Test("has the bricks and tensors of its modules", arguments: ["torchscript", "dynamo"])
  func names(_ exporter: String) throws {
    let imported = try ONNXCase(name: "residual-\(exporter)").load()
    let names = Set(imported.model.tensors.keys.map(\.spelling))
    let expected: Set<Name> = [
      "/conv1.W", "/bn1.batch_norm_scale", "/bn1.batch_norm_shift", "/bn1.population_mean", "/bn1.population_stdev",
      "/bn1.moving_variance", "/layer1/0.W", "/layer1/0.b", "/layer1/1.batch_norm_scale", "/layer1/1.batch_norm_shift",
      "/layer1/1.population_mean", "/layer1/1.population_stdev", "/layer1/1.moving_variance", "/fc.W", "/fc.b",
    ]
    #expect(names == expected)
    #expect(imported.model.graph.inputs.map(\.name) == ["images"])
    #expect(imported.model.graph.variables[imported.model.graph.inputs[0].variable].type.shape == ["batch", 3, 11, 11])
    let sources = Set(imported.mapping.map { "\($0.source) → \($0.target)" })
    #expect(sources.contains("layer1.1.running_mean → /layer1/1.population_mean"))
    #expect(sources.contains("fc.weight → /fc.W"))
    let filters = try #require(imported.mapping.first { $0.source == "conv1.weight" })
    #expect(filters.conversion == "flipped along the spatial axes")
  }

  @Test("keeps its normalizations with ε and statistics") func normalizations() throws {
    let model = try ONNXCase(name: "residual-torchscript").load().model
    let normalizations = model.graph.allCalls.compactMap(\.normalization)
    #expect(normalizations.map(\.epsilon) == [1e-5, 1e-3])
    #expect(normalizations.map(\.axes) == [[0, 2, 3], [0, 2, 3]])
    #expect(model.graph.calls(ofType: "BatchNormalization").map(\.brick) == ["/bn1", "/layer1/1"])
    #expect(Set(model.statisticStates.values) == [.trainingAverage])
    let deviation = try model.tensor(#require(normalizations[1].populationStandardDeviation))
    let variance = try model.tensor(TensorPath(.persistent, brick: "/layer1/1", name: "moving_variance"))
    expectClose(deviation.doubles.map { $0 * $0 - 1e-3 }, variance.doubles, absolute: 1e-6)
  }

  @Test("may have a normalization that was never estimated, and a layer without a scale") func initial() throws {
    let model = try ONNXCase(name: "channels-last").load().model
    #expect(Set(model.statisticStates.values) == [.neverEstimated])
    let rows = try ONNXCase(name: "rows-dynamo").load().model
    let bricks = Set(rows.tensors.keys.filter { $0.name == "batch_norm_scale" }.map(\.brick))
    #expect(bricks == ["/bn"])
  }

  @Test("can be trained and folded", arguments: ONNXCase.exported.filter { $0.name.hasPrefix("r") })
  func training(_ case: ONNXCase) throws {
    let model = try `case`.load().model
    let count = model.graph.allCalls.count { $0.normalization != nil }
    #expect(try model.graph.trainingGraph().allCalls.count { $0.normalization?.isTraining ?? false } == count)
    let folding = try NormalizationFolding(model, allowingPrior: true)
    #expect(folding.folds.count + folding.refusals.count == count)
    let (inputs, wanted) = try `case`.expected()
    let outputs = try Interpreter(folding.graph, tensors: folding.tensors)(inputs)
    for (name, tensor) in wanted {
      let output = try #require(outputs[name])
      expectClose(output.doubles, tensor.doubles, absolute: 1e-4, relative: 1e-4)
    }
  }

  @Test("of 16 bits keeps the type of its weights, and says that it computes in float32", arguments: ONNXCase.narrow)
  func narrow(_ case: ONNXCase) throws {
    let imported = try `case`.load()
    let type: ScalarType = `case`.name == "brain" ? .bfloat16 : .float16
    #expect(
      imported.notes == [
        "the file computes in \(type.rawValue); the model computes in float32, and does not round results to \(type.rawValue)"
      ])
    let weights = imported.model.tensors.keys.filter { $0.collection == .parameters }
    #expect(weights.count == 6)
    for path in weights { #expect(imported.model.storedType(of: path) == type, "\(path)") }
  }

  @Test("takes extents for its dynamic axes") func extents() throws {
    let path = ONNXCase(name: "shuffle-dynamo").path
    let model = try ONNXFormat.model(at: path, extents: ["batch": 2]).model
    #expect(model.graph.variables[model.graph.inputs[0].variable].type.shape == [2, 4, 4, 5])
    try expectOutputs(ONNXCase(name: "shuffle-dynamo"), of: model)
    let error = #expect(throws: ModelFormatError.self) { try ONNXFormat.model(at: path, extents: ["steps": 2]) }
    #expect(error?.message == "no input has an axis \"steps\"; the dynamic axes are batch")
  }
}
