import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Testing

/// Batch normalization inside loops: both modes, pairs stacked over time, and the records of a pass over data.
@Suite struct LoopStatisticsTests {
  private let loop: LoopCase

  init() throws { loop = try LoopCase.read() }

  @Test("inference uses the statistics of each step, and the last ones for later steps") func inference() throws {
    let model = try loop.model()
    for batch in loop.batches {
      expectEqualUpToRounding(try #require(try model(loop.inputs(batch))["states"]).doubles, batch.inference)
    }
  }

  @Test(
    "a strict normalization after its last step is an error in both modes that names the brick",
    arguments: [false, true])
  func strict(_ isTraining: Bool) throws {
    let model = try loop.model(pastEnd: .strict)
    let graph = isTraining ? try model.graph.trainingGraph() : model.graph
    let interpreter = try Interpreter(graph, tensors: model.tensors)
    _ = try interpreter(loop.inputs(loop.batches[0], steps: 3))
    let error = #expect(throws: GraphError.self) { _ = try interpreter(loop.inputs(loop.batches[0])) }
    #expect(error?.code == .timeStep)
    #expect(error?.brick == LoopCase.brick)
  }

  @Test("the transform gives the same outputs and stacked pairs as building in the training scope")
  func training() throws {
    let model = try loop.model()
    let scoped = try loop.model(inTraining: true)
    for graph in [try model.graph.trainingGraph(), scoped.graph] {
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      let pairs = try graph.updatePairs()
      #expect(pairs.map(\.statistic) == [.mean, .standardDeviation])
      #expect(pairs.map(\.brick) == [LoopCase.brick, LoopCase.brick])
      #expect(pairs.map(\.application) == ["apply", "apply"])
      #expect(pairs.map(\.loopDepth) == [1, 1])
      for batch in loop.batches {
        let inputs = try loop.inputs(batch)
        expectEqualUpToRounding(try #require(try interpreter(inputs)["states"]).doubles, batch.training)
        for (pair, expected) in zip(pairs, [batch.mean, batch.stdev]) {
          guard case .variable(let count) = pair.observations, let step = pair.step else {
            Issue.record("a loop's pair has counts and steps")
            continue
          }
          let values = try interpreter.evaluate([pair.minibatch, count, step], inputs: inputs)
          #expect(values[0].shape == [LoopCase.steps, 1, 2])
          expectEqualUpToRounding(values[0].doubles, expected)
          #expect(values[1].doubles == [Double](repeating: Double(batch.size), count: LoopCase.steps))
          #expect(values[2].doubles == [0, 1, 2, 3])
        }
      }
    }
  }

  @Test("a second transform changes nothing, and no transform changes its input graph")
  func idempotent() throws {
    let model = try loop.model()
    let before = model.graph
    let once = try model.graph.trainingGraph()
    #expect(try once.trainingGraph() == once)
    #expect(model.graph == before)
    #expect(before != once)
    let scoped = try loop.model(inTraining: true)
    #expect(try scoped.graph.trainingGraph() == scoped.graph)
    #expect(once.allCalls.compactMap(\.normalization).map(\.isTraining) == [true])
  }

  @Test("population statistics that are NaN never reach a training output", arguments: [false, true])
  func poisoned(_ inTraining: Bool) throws {
    let model = try loop.model(inTraining: inTraining)
    var tensors = model.tensors
    for (path, tensor) in model.tensors where path.collection == .statistics {
      tensors[path] = try Tensor(repeating: .nan, shape: tensor.shape, type: .float64)
    }
    let interpreter = try Interpreter(model.graph.trainingGraph(), tensors: tensors)
    let batch = loop.batches[0]
    expectEqualUpToRounding(try #require(try interpreter(loop.inputs(batch))["states"]).doubles, batch.training)
  }

  @Test("a pass estimates every step, and counts the later steps that it leaves out") func perStep() throws {
    var pass = try PopulationPass(loop.model())
    for batch in loop.batches { try pass.observe(loop.inputs(batch)) }
    #expect(pass.ignoredStepCount == 2)
    #expect(pass.records.map(\.counts) == [[3, 3, 3], [5, 5, 5]])
    let model = try pass.estimatedModel()
    expectEqualUpToRounding(try model.mean(LoopCase.brick), loop.pooledPerStep.mean)
    expectEqualUpToRounding(try model.deviation(LoopCase.brick), loop.pooledPerStep.stdev)
    #expect(try model.origin(LoopCase.brick).observationCounts == [8, 8, 8])
    #expect(try model.state(LoopCase.brick) == .estimated)
  }

  @Test("only observed steps are recorded if sequences are shorter than the statistics") func short() throws {
    var pass = try PopulationPass(loop.model())
    for (batch, steps) in zip(loop.batches, [1, 2]) { try pass.observe(loop.inputs(batch, steps: steps)) }
    #expect(pass.ignoredStepCount == 0)
    #expect(pass.records.map(\.counts) == [[3, 0, 0], [5, 5, 0]])
    let first = try pass.estimatedModel().mean(LoopCase.brick).prefix(2)
    expectEqualUpToRounding(Array(first), Array(loop.pooledPerStep.mean.prefix(2)))
  }

  @Test("statistics that all steps share are pooled over the steps") func overSteps() throws {
    var pass = try PopulationPass(loop.model(timeSteps: nil))
    for batch in loop.batches { try pass.observe(loop.inputs(batch)) }
    let model = try pass.estimatedModel()
    expectEqualUpToRounding(try model.mean(LoopCase.brick), loop.pooledOverSteps.mean)
    expectEqualUpToRounding(try model.deviation(LoopCase.brick), loop.pooledOverSteps.stdev)
    #expect(try model.origin(LoopCase.brick).observationCounts == [32])
  }

  @Test(
    "a model with a loop and its pairs come back from a file and give the same bits",
    arguments: [ScalarType.float32, .float64])
  func file(_ scalar: ScalarType) throws {
    let path = temporaryPath("loop.h5")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try loop.model(scalar: scalar)
    var pass = try PopulationPass(model)
    for batch in loop.batches { try pass.observe(loop.inputs(batch, scalar: scalar)) }
    try CheckpointPayload(model: model, updates: pass.updates()).save(to: path)
    let checkpoint = try Checkpoint(opening: path)
    let loaded = try Model(checkpoint: path)
    #expect(loaded == model)
    #expect(try checkpoint.updates() == pass.updates())
    let inputs = try loop.inputs(loop.batches[1], scalar: scalar)
    #expect(try loaded(inputs).mapValues(\.digest) == model(inputs).mapValues(\.digest))
    #expect(try loaded.graph.trainingGraph() == model.graph.trainingGraph())
  }
}
