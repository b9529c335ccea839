import Bricks
import Checkpoints
import EDRAM
import Foundation
import PopulationStatistics
import Testing

/// The Swift code in README.md, without changes, so that it is known to compile.
@Suite("The README's library snippets")
struct ReadmeTests {
  @Test("a model has a graph in both modes")
  func bothModes() throws {
    let images = try Tensor((0..<256).map { Float($0 % 13) }, shape: [4, 64])

    let network = BatchNormalizedMLP(activations: [.tanh, .tanh, .softmax], dimensions: [64, 128, 128, 10])
    let model = try Model(network, input: .features(64), seed: 7)

    let probabilities = try model(images)  // inference

    let training = try model.graph.trainingGraph()  // pure: the old graph is untouched
    let pairs = try training.updatePairs()  // population mean ← minibatch mean, …

    #expect(probabilities.shape == [4, 10])
    #expect(pairs.count == 6)
    #expect(model.graph.calls(of: BatchNormalization.self).allSatisfy { !$0.isTraining })
    #expect(training.calls(of: BatchNormalization.self).filter(\.isTraining).count == 3)
  }

  @Test("statistics come from data, and a checkpoint keeps them")
  func statisticsAndCheckpoints() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("epoch-5.h5").path
    let network = BatchNormalizedMLP(activations: [.tanh, .softmax], dimensions: [3, 4, 2])
    var model = try Model(network, input: .features(3), seed: 7)
    let batches = try [
      Tensor([1, 2, 3, 4, 5, 7] as [Float], shape: [2, 3]), Tensor([2, 2, 1, 0, 5, 9] as [Float], shape: [2, 3]),
    ]

    var pass = try PopulationPass(model)  // parameters frozen
    for batch in batches {
      try pass.observe(batch)  // count, mean, deviation per normalization and time step
    }
    model = try pass.estimatedModel(.pooled)  // every statistic knows count, ε and parameters

    try model.save(to: path)  // atomic, deterministic, checked
    let loaded = try Model(checkpoint: path)  // strict: loads everything, or throws an error

    #expect(loaded == model)
    #expect(loaded.statisticStates.count == 4)
    #expect(loaded.statisticStates.values.allSatisfy { $0 == .estimated })

    let file = try Checkpoint(opening: path)  // reads no tensor
    #expect(file.entry("/parameters/mlp/linear_0/W")?.shape == [3, 4])
    #expect(file.tensors(role: .populationStandardDeviation).count == 2)
  }

  @Test("one minibatch has outputs in training mode, update pairs, and states in loops")
  func oneMinibatch() throws {
    let images = try Tensor([1, 2, 3, 5] as [Float], shape: [2, 2])
    let model = try Model([BatchNormalization([2], epsilon: 0.25)], seed: 7) { scope in
      let normalized = try scope.apply(BatchNormalization([2], epsilon: 0.25), to: scope.input(.features(2)))
      let start = try normalized * 0
      let sums = try scope.scan(states: [start], stepCount: 3) { _, step in ([try step.states[0] + normalized], []) }
      return ["normalized": normalized, "sums": sums.states[0]]
    }

    let outputs = try model.trainingOutputs(for: ["features": images])  // normalized by the statistics of this batch
    let records = try model.updatePairs(for: ["features": images])  // mean, deviation, counts and names
    let states = model.graph.loopViews.flatMap(\.states).map(\.next)  // variables of one step
    let values = try model.values(of: states, for: ["features": images])  // stacked over all steps

    // The batch has the means 2 and 3.5 and the biased variances 1 and 2.25; the model's own mean and deviation are 0 and 1.
    let expected = [-1 / 1.25.squareRoot(), -1.5 / 2.5.squareRoot(), 1 / 1.25.squareRoot(), 1.5 / 2.5.squareRoot()]
    let normalized = try #require(outputs["normalized"]).doubles
    #expect(zip(normalized, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(records.map(\.mean) == [[2, 3.5]])
    #expect(values.map(\.doubles) == [[1, 2, 3, 5, 2, 4, 6, 10, 3, 6, 9, 15]])
  }

  @Test("an attention model is saved, loaded and asked for its pairs with one line each")
  func attention() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("readme-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("edram.h5").path
    var edram = EDRAM()  // the published configuration, with two more convolutions
    edram.filterCounts = [64, 64, 128, 128, 160, 192]
    edram.shrink()
    let model = try edram.model(seed: 7)
    try model.save(to: path)
    let loaded = try Model(checkpoint: path)  // the original: and 26 copies by hand
    let pairs = try loaded.graph.trainingGraph().updatePairs()  // the original: and 20 more outputs of the loop

    #expect(loaded == model)
    #expect(loaded.origins.count == 26)
    #expect(pairs.count { $0.loopDepth == 1 } == 20)
  }

  struct Residual<Inner: Brick>: Brick {
    var inner: Inner

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      try x + scope.apply(inner, to: x)
    }
  }

  @Test("your own brick is a value with a configuration and an apply")
  func ownBrick() throws {
    let model = try Model(
      Residual(inner: Linear(2, 2, weightsInitialization: .identity(3))), input: .features(2), seed: 0)
    #expect(try model(Tensor([1, -2] as [Float], shape: [1, 2])).doubles == [4, -8])
    #expect(model.graph.parameters.map(\.description) == ["/residual/linear.W", "/residual/linear.b"])
  }

  @Test("a graph is searched with simple conditions, and changed without being rebuilt")
  func queries() throws {
    let network = BatchNormalizedMLP(
      activations: [nil, nil], dimensions: [3, 4, 2], weightsInitialization: .constant(1))
    let model = try Model(network, input: .features(3), seed: 7)
    let graph = model.graph

    let weights = graph.variables { $0.role(refines: .weight) && $0.brick(is: Linear.self) && $0.name.hasSuffix("W") }

    let halved = try graph.replacing { view, weight in weights.contains(view) ? try weight * 0.5 : nil }
    let statistics = try graph.savedTensors(matching: Selector("batchnormalization.population_*"))

    #expect(weights.map(\.brick) == ["/mlp/linear_0", "/mlp/linear_1"])
    #expect(statistics.count == 4)
    // (1 + 2 + 3) · 4 with both layers halved is 6.
    let features = try Tensor([1, 2, 3] as [Float], shape: [1, 3])
    #expect(try model(features).doubles == [24, 24])
    let outputs = try Interpreter(halved, tensors: model.tensors)([graph.inputs[0].name: features])
    #expect(outputs["output"]?.doubles == [6, 6])
  }
}

extension EDRAM {
  /// The README's network as small as a test can wait for.
  fileprivate mutating func shrink() {
    filterCounts = filterCounts.map { $0 / 32 }
    initialFilterCounts = [2, 2, 2]
    (fullyConnectedDimension, encoderDimension, decoderDimension) = (8, 8, 32)
  }
}
