import Checkpoints
import ComputationGraphs
import ModelFormats
import Names
import TestSupport
import Testing

@Suite("A model of Keras") struct KerasImportTests {
  @Test("computes Keras's outputs", arguments: KerasCase.all)
  func outputs(_ case: KerasCase) throws {
    try expectOutputs(`case`, of: `case`.load().model)
  }

  @Test("is saved as a checkpoint without loss", arguments: KerasCase.archives)
  func checkpoint(_ case: KerasCase) throws {
    let model = try `case`.load().model
    let directory = try TemporaryDirectory()
    let path = try directory.file("model.h5")
    try model.save(to: path)
    let loaded = try Checkpoint(opening: path).model()
    #expect(loaded == model)
  }

  @Test("has a brick for each layer, also in nested models") func bricks() throws {
    let model = try #require(KerasCase.archives.first { $0.name == "nested" }).load().model
    let paths = model.graph.parameters.map(\.spelling)
    #expect(paths.contains("/outer/my_bn.batch_norm_scale"))
    #expect(paths.contains("/pair/deep/deep_bn.batch_norm_shift"))
    #expect(paths.contains("/conv.W"))
    let brick = try #require(model.bricks(matching: Selector("/outer/my_bn")).first?.brick)
    #expect(brick.type == "BatchNormalization")
    #expect(brick.configuration["epsilon"] == .real(0.001))
  }

  @Test("has normalizations with population statistics") func normalizations() throws {
    let model = try #require(KerasCase.archives.first { $0.name == "normalizations" }).load().model
    let calls = model.graph.allCalls.filter { $0.normalization != nil }
    #expect(
      Set(calls.map(\.brick)) == ["/rows", "/columns", "/no_scale", "/no_center", "/neither", "/shared"])
    #expect(calls.count == 7, "the shared one is called twice")
    let neither = try #require(calls.first { $0.brick == "/neither" }?.normalization)
    #expect(neither.epsilon == 0.1)
    let origin = try #require(model.origins[neither.populationMean])
    #expect(origin.epsilon == 0.1)
    #expect(origin.observationCounts == [1])
  }

  @Test("keeps a frozen normalization in inference mode") func frozen() throws {
    let imported = try #require(KerasCase.archives.first { $0.name == "normalizations" }).load()
    #expect(imported.notes.contains { $0.hasPrefix("/frozen is frozen") })
    let training = try imported.model.graph.trainingGraph()
    #expect(training.allCalls.filter(\.isTraining).count == 7)
  }

  @Test("has no transposes between image layers") func layout() throws {
    let graph = try #require(KerasCase.archives.first { $0.name == "chain" }).load().model.graph
    let image = ["/conv", "/bn", "/relu", "/pad", "/pool", "/left", "/add", "/joined"] as [Name]
    let transposes = graph.nodes.filter { node in
      guard case .layout(.transpose) = node.operation, let call = graph.variables[node.outputs[0]].call else {
        return false
      }
      return image.contains(graph.calls[call].brick)
    }
    #expect(transposes.count == 1, "only the input is transposed")
  }

  @Test("gives the origin of each tensor") func mapping() throws {
    let imported = try #require(KerasCase.archives.first { $0.name == "dense" }).load()
    let kernel = try #require(imported.mapping.first { $0.target == "/first.W" })
    #expect(kernel.source == "layers/dense/vars/0")
    #expect(kernel.conversion == "")
    let deviation = try #require(imported.mapping.first { $0.target == "/norm.population_stdev" })
    #expect(deviation.conversion == "√(variance + 0.001)")
  }

  @Test("needs a configuration if the file has only weights") func weightsAlone() throws {
    _ = expectError(
      ModelFormatError.self, mentioning: ["dense.weights.h5", "--architecture"], sourceLocation: #_sourceLocation
    ) {
      try KerasFormat.model(at: Repository.fixture("keras/dense.weights.h5"))
    } where: {
      $0.code == .incomplete
    }
  }
}
