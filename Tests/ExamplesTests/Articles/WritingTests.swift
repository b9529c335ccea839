import Bricks
import Checkpoints
import EDRAM
import Foundation
import PopulationStatistics
import Testing

/// The Swift code of the articles about bricks, loops and graphs, without changes.
@Suite("The articles: bricks, loops, graphs")
struct WritingArticleTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

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

  struct Scaled: Brick {
    var inner: Linear

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      let rate = try scope.parameter(
        "rate", shape: [1], role: Role("RATE", refining: .parameter), initialization: .constant(2), axes: ["output"])
      let y = try scope.apply(inner, to: x) * rate
      y.add(.auxiliary)
      scope.setMetadata("scaled", .boolean(true))
      return y
    }
  }

  @Test("your own brick declares parameters, tags variables, adds facts to the call, and is made again from a file")
  func parameters() throws {
    let brick = Scaled(inner: Linear(nil, 3, weightsInitialization: .identity(1)))
    let model = try Model(brick, input: .features(3), seed: 0)
    #expect(try model(Tensor([1, 2, 3] as [Float], shape: [1, 3])).doubles == [2, 4, 6])
    #expect(model.graph.auxiliaries.count == 1)
    #expect(model.graph.allCalls.first { $0.brick == "/scaled" }?.metadata == ["scaled": .boolean(true)])
    #expect(model.graph.parameters.map(\.description) == ["/scaled/linear.W", "/scaled/linear.b", "/scaled.rate"])
    #expect(throws: GraphError.self) {
      _ = try Model(Sequential([Linear(3, 3), Linear(3, 3)]), input: .features(3), seed: 0)
    }

    try model.save(to: path("scaled.h5"))
    let loaded = try Model(checkpoint: path("scaled.h5"))
    var registry = BrickRegistry.standard
    registry.register(Scaled.self)
    let again = try registry.brick(loaded.bricks[0]) as? Scaled
    #expect(again == brick)
  }

  struct RunningSum: Brick {
    var normalization = BatchNormalization([2], epsilon: 0.25, timeSteps: 3, name: "per_step")

    func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
      let initial = try input.reduced(.mean, over: [0]) * 0
      return try scope.scan(sequences: [input], states: [initial]) { inner, step in
        let sum = try step.states[0] + step.sequences[0]
        return ([sum], [try inner.apply(normalization, to: sum)])
      }.outputs[0]
    }
  }

  @Test("a normalization in a loop has statistics for each step")
  func runningSum() throws {
    let model = try Model(RunningSum(), input: .sequences(2), seed: 7)
    let sequences = try Tensor([1, 2, 3, 2, 1, 0, 1, 4, 0, 1, 4, 1] as [Float], shape: [3, 2, 2])
    var pass = try PopulationPass(model)
    try pass.observe(sequences)
    // The sums of the two examples are (1, 2), (3, 2), then (2, 2), (4, 6), then (2, 3), (8, 7).
    let means = try pass.estimatedModel().statistics[0].value
    #expect(means.doubles == [2, 2, 3, 4, 5, 5] && means.shape == [3, 2])
  }

  @Test("an attention model is saved, loaded and asked for its pairs with one line each")
  func attention() throws {
    var edram = EDRAM()  // the published configuration, with two more convolutions
    edram.filterCounts = [64, 64, 128, 128, 160, 192]
    edram.shrink()
    let model = try edram.model(seed: 7)
    try model.save(to: path("edram.h5"))
    let loaded = try Model(checkpoint: path("edram.h5"))  // the original also needs 26 copies by hand
    let pairs = try loaded.graph.trainingGraph().updatePairs()  // the original needs 20 more outputs of the loop

    #expect(loaded == model)
    #expect(loaded.origins.count == 26)
    #expect(pairs.count { $0.loopDepth == 1 } == 20)
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
    expectClose(normalized, expected, absolute: 1e-6)
    #expect(records.map(\.mean) == [[2, 3.5]])
    #expect(values.map(\.doubles) == [[1, 2, 3, 5, 2, 4, 6, 10, 3, 6, 9, 15]])
  }

  @Test("a graph is searched with simple conditions, and changed without being rebuilt")
  func queries() throws {
    let network = BatchNormalizedMLP(
      activations: [nil, nil], dimensions: [3, 4, 2], weightsInitialization: .constant(1))
    let model = try Model(network, input: .features(3), seed: 7)
    let graph = model.graph

    let weights = graph.variables { $0.role(refines: .weight) && $0.brick(is: Linear.self) && $0.name.hasSuffix("W") }
    let statistics = try graph.savedTensors(matching: Selector("batchnormalization.population_*"))

    let halved = try graph.replacing { view, weight in weights.contains(view) ? try weight * 0.5 : nil }

    #expect(weights.map(\.brick) == ["/mlp/linear_0", "/mlp/linear_1"])
    #expect(statistics.count == 4)
    // (1 + 2 + 3) · 4 with both layers halved is 6.
    let features = try Tensor([1, 2, 3] as [Float], shape: [1, 3])
    #expect(try model(features).doubles == [24, 24])
    let outputs = try Interpreter(halved, tensors: model.tensors)([graph.inputs[0].name: features])
    #expect(outputs["output"]?.doubles == [6, 6])
  }

  @Test("normalizations are folded, and a model gets another type or another ε")
  func folding() throws {
    var model = try Model(Sequential([Linear(2, 2), BatchNormalization()]), input: .features(2), seed: 7)
    try model.setStatistic("/sequence/batchnormalization.population_mean", to: [1, 2], observations: 9)
    try model.setStatistic("/sequence/batchnormalization.population_stdev", to: [2, 0.5], observations: 9)

    let folded = try model.foldingNormalizations()  // the same function without normalizations
    let precise = try model.converted(to: .float64)
    let (changed, _) = try model.refitted(epsilon: 1e-3)  // another ε, the same function

    let x = try Tensor([1, -3] as [Float], shape: [1, 2])
    let y = try model(x).doubles
    #expect(folded.folds.count == 1 && folded.refusals.isEmpty)
    for other in try [folded.model(x), precise(x.converted(to: .float64)), changed(x)] {
      expectClose(other.doubles, y, absolute: 1e-5)
    }
    #expect(changed.statistics.allSatisfy { $0.origin.epsilon == 1e-3 })
  }
}

extension EDRAM {
  /// The article's network as small as a test can wait for.
  fileprivate mutating func shrink() {
    filterCounts = filterCounts.map { $0 / 32 }
    initialFilterCounts = [2, 2, 2]
    (fullyConnectedDimension, encoderDimension, decoderDimension) = (8, 8, 32)
  }
}
