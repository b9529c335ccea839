import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Testing

/// The Swift code of docs/from-blocks.md about modes, time, statistics and files, without changes.
@Suite("The guide from Blocks: modes, time, files")
struct GuideModeTests {
  let network = BatchNormalizedMLP(
    activations: [.tanh, .softmax], dimensions: [2, 3, 2],
    weightsInitialization: .isotropicGaussian(standardDeviation: 1))
  let batch: Tensor

  init() throws { batch = try Tensor([1, 2, 3, 5, -1, 0.5] as [Float], shape: [3, 2]) }

  @Test("a training scope and the transform give the same outputs and the same pairs")
  func modes() throws {
    let both = try Model([network], seed: 7) { scope in
      let x = try scope.input(.features(2))
      let inference = try scope.apply(network, to: x)
      let training = try scope.builder.inTraining(brick: "/mlp") { try scope.apply(network, to: x) }
      return ["inference": inference, "training": training]
    }
    let outputs = try both(["features": batch])
    #expect(outputs["inference"] != outputs["training"])

    let model = try Model(network, input: .features(2), seed: 7)
    let training = try model.graph.trainingGraph()
    let pairs = try training.updatePairs()
    let output = try Interpreter(training, tensors: model.tensors)(["features": batch])

    #expect(output["output"] == outputs["training"])
    #expect(model.graph.calls(of: BatchNormalization.self).allSatisfy { !$0.isTraining })
    #expect(try training.trainingGraph() == training)
    let scoped = try both.graph.updatePairs()
    #expect(pairs.map(\.population) == scoped.map(\.population))
    let first = try Interpreter(training, tensors: model.tensors).evaluate(
      pairs.map(\.minibatch), inputs: ["features": batch])
    let second = try Interpreter(both.graph, tensors: both.tensors)
      .evaluate(scoped.map(\.minibatch), inputs: ["features": batch])
    #expect(first == second)
    #expect(throws: GraphError.self) { _ = try model.graph.updatePairs() }
    // A graph with both modes: what is in training mode stays, the rest follows, and each brick then has two applications.
    let mixed = try both.graph.trainingGraph()
    #expect(throws: GraphError.self) { _ = try mixed.updatePairs() }
    #expect(try mixed.updatePairs(allowingDuplicates: true).count == 8)
  }

  struct Accumulator: Brick {
    var normalization = BatchNormalization(timeSteps: 3)

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      let initial = try scope.parameter(
        "initial_state", shape: [2], role: .initialState, initialization: .constant(0), axes: ["state"])
      let states = [try initial.repeated(like: x, axis: 1)]
      return try scope.scan(sequences: [x], states: states) { scope, step in
        let h = try scope.apply(normalization, to: step.sequences[0] + step.states[0])
        return (states: [h], outputs: [])
      }.states[0]
    }
  }

  @Test("your own loop passes its time step to its bricks and pairs")
  func loop() throws {
    let model = try Model([Accumulator()], seed: 0) { scope in
      let x = try scope.builder.input("sequence", VariableType(.float32, ["time", "batch", 2]))
      return ["states": try scope.apply(Accumulator(), to: x)]
    }
    let x = try Tensor((0..<16).map { Float($0 * $0 % 7) }, shape: [4, 2, 2])
    let states = try #require(try model(["sequence": x])["states"])
    // Identity at first, so that a state is a running sum; step 3 uses the statistics of step 2.
    #expect(states.shape == [4, 2, 2])
    #expect(states.doubles[12] == x.doubles[0] + x.doubles[4] + x.doubles[8] + x.doubles[12])

    let pairs = try model.graph.trainingGraph().updatePairs()
    #expect(pairs.map(\.statistic) == [.mean, .standardDeviation])
    #expect(pairs.allSatisfy { $0.step != nil && $0.loopDepth == 1 })
    let normalization = BatchNormalization(timeSteps: 3)
    let single = try Model([normalization], seed: 0) { scope in
      let x = try scope.input(.features(2))
      return ["y": try scope.apply(normalization, to: x, at: .constant(2))]
    }
    #expect(try single.graph.trainingGraph().updatePairs().allSatisfy { $0.step != nil && $0.loopDepth == 0 })

    var pass = try PopulationPass(model)
    try pass.observe(["sequence": x])
    let estimated = try pass.estimatedModel()
    #expect(pass.ignoredStepCount > 0)
    #expect(
      try estimated.tensor(estimated.path("/accumulator/batchnormalization.population_mean")).doubles[0]
        == (x.doubles[0] + x.doubles[2]) / 2)
  }

  @Test("a sequence is declared time-major, or batch-first and transposed")
  func sequenceInputs() throws {
    let lstm = BatchNormalizedLSTM(2, timeSteps: 8)
    let model = try Model([lstm], seed: 7) { scope in
      let rows = try scope.input(ModelInput(name: "rows", shape: [8, 3]))
      return ["states": try scope.apply(lstm, to: rows.transposed([1, 0, 2]))]
    }
    let timeMajor = try Model([lstm], seed: 7) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, ["time", "batch", 3]))
      return ["states": try scope.apply(lstm, to: x)]
    }

    let rows = try Tensor((0..<120).map { Float($0 * $0 % 11) - 5 }, shape: [5, 8, 3])
    let states = try model(rows)
    #expect(states.shape == [8, 5, 2])
    #expect(try timeMajor(rows.transposed([1, 0, 2])) == states)
    let error = #expect(throws: BrickError.self) {
      _ = try Model(lstm, input: ModelInput(name: "rows", shape: [8, 3]), seed: 7)
    }
    #expect(error?.description.contains("transposed([1, 0, 2])") == true)
  }

  struct Backwards: Brick {
    var sum = SimpleRecurrent(1, activation: Identity(), weightsInitialization: .constant(1))

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      try scope.apply(sum, to: RecurrentInputs(x, isReversed: true))[0]
    }
  }

  struct Gates: Brick {
    var gated = GatedRecurrent(1, weightsInitialization: .constant(0), initialStatesInitialization: .constant(1))

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      let y = try Variable.concatenating([x * 100, x * 0], axis: 2)  // update, reset
      return try scope.apply(gated, to: RecurrentInputs(x * 0, gates: y))[0]
    }
  }

  struct Steps: Brick {
    var lstm = LSTM(1, hasPeepholes: false, weightsInitialization: .constant(0))

    func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
      let h = try x.slicing(axis: 1, from: 0, count: 1) * 0
      return try scope.step(lstm, on: RecurrentStepInputs(x, states: [h, h]))[0]
    }
  }

  @Test("gates have the order of Blocks")
  func gateOrders() throws {
    func run(_ brick: any Brick, _ shape: [Extent], _ x: Tensor) throws -> Tensor {
      try Model([brick], seed: 0) { scope in
        let input = try scope.builder.input("x", VariableType(.float32, shape))
        return ["y": try scope.apply(brick, to: input)]
      }(x)
    }
    // In, forget, cells, out: wide open, half, wide open, half. σ(0) · tanh(1 · tanh(100)) = 0.380797.
    let lstm = LSTM(1, hasPeepholes: false, weightsInitialization: .constant(0))
    let row = [100, 0, 100, 0] as [Float]
    let sequence = try run(lstm, ["time", "batch", 4], Tensor(row, shape: [1, 1, 4]))
    #expect(abs(sequence.doubles[0] - 0.3807970779778823) < 1e-6)
    #expect(try run(Steps(), ["batch", 4], Tensor(row, shape: [1, 4])).doubles == sequence.doubles)
    // u takes the new side: open, the state is tanh(0); closed, it stays 1.
    #expect(try run(Gates(), ["time", "batch", 1], Tensor([1] as [Float], shape: [1, 1, 1])).doubles == [0])
    #expect(try run(Gates(), ["time", "batch", 1], Tensor([-1] as [Float], shape: [1, 1, 1])).doubles == [1])
    // Results stay in the order of processing.
    let backwards = try run(Backwards(), ["time", "batch", 1], Tensor([1, 10] as [Float], shape: [2, 1, 1]))
    #expect(backwards.doubles == [10, 11])
    let both = try run(Bidirectional(lstm), ["time", "batch", 4], Tensor(row + row, shape: [2, 1, 4]))
    #expect(both.shape == [2, 1, 2])
    #expect(both.doubles[0] == both.doubles[3] && both.doubles[1] == both.doubles[2])
  }

  @Test("statistics are recorded, averaged, saved and loaded with their meaning")
  func statistics() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("model.h5").path
    let model = try Model(network, input: .features(2), seed: 7)
    let batches = [batch, try Tensor([0, 1, 4, -2] as [Float], shape: [2, 2])]

    var pass = try PopulationPass(model)
    for batch in batches { try pass.observe(batch) }
    let updates = try pass.updates()
    let moving = try StatisticAveraging(.movingAverage(smoothingFactor: 0.05)).apply(updates, to: model).model
    let pooled = try pass.estimatedModel(.pooled)

    try CheckpointPayload(model: pooled, updates: updates).save(to: path)
    let loaded = try Model(checkpoint: path)
    let recorded = try Checkpoint(opening: path).updates()

    #expect(loaded == pooled && recorded == updates)
    #expect(moving != pooled && Set(loaded.statisticStates.values) == [.estimated])
    let statistic = try model.path("/mlp/batch_norm_activation_0/batchnormalization.population_mean")
    let means = updates.records(of: statistic.brick).compactMap { $0.mean?.first }
    try #require(means.count == 2)
    #expect(try abs(moving.tensor(statistic).doubles[0] - (0.95 * means[0] + 0.05 * means[1])) < 1e-6)
    #expect(statistic.datasetPath == "/statistics/mlp/batch_norm_activation_0/batchnormalization/population_mean")
  }
}
