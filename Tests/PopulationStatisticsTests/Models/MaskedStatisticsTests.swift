import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Testing

/// Sequences of different lengths: no statistic sees padding, and counts are those of valid samples.
@Suite struct MaskedStatisticsTests {
  typealias InputStatistics = BatchNormalizedLSTM.InputStatistics
  private let masked: MaskedCase

  init() throws { masked = try MaskedCase.read() }

  private static let variants: [InputStatistics] = [.perStep, .sequenceWise]

  private func expectClose(
    _ tensor: Tensor?, _ expected: [Double], _ tolerance: Double = 1e-12, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let values = try #require(tensor, sourceLocation: location).doubles
    try #require(values.count == expected.count, sourceLocation: location)
    for (value, wanted) in zip(values, expected) {
      #expect(abs(value - wanted) <= tolerance * (1 + abs(wanted)), sourceLocation: location)
    }
  }

  @Test(
    "padding, even NaN, has no influence on states in training mode, and the transform equals the training scope",
    arguments: variants, [Double.nan, 0, 1e9])
  func training(_ inputs: InputStatistics, _ padding: Double) throws {
    let model = try masked.model(inputs)
    for graph in [try model.graph.trainingGraph(), try masked.model(inputs, inTraining: true).graph] {
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      for (batch, run) in zip(masked.batches, try masked.variant(inputs).runs) {
        let outputs = try interpreter(masked.inputs(batch, padding: padding))
        try expectClose(outputs["states"], run.states)
        try expectClose(outputs["cells"], run.cells)
      }
    }
  }

  @Test("single precision agrees up to rounding", arguments: variants)
  func singlePrecision(_ inputs: InputStatistics) throws {
    let model = try masked.model(inputs, scalar: .float32)
    let interpreter = try Interpreter(model.graph.trainingGraph(), tensors: model.tensors)
    for (batch, run) in zip(masked.batches, try masked.variant(inputs).runs) {
      let outputs = try interpreter(masked.inputs(batch, scalar: .float32))
      try expectClose(outputs["states"], run.states, 1e-6)
      try expectClose(outputs["cells"], run.cells, 1e-6)
    }
  }

  @Test("inference uses population statistics, and masks only states", arguments: variants)
  func inference(_ inputs: InputStatistics) throws {
    let model = try masked.model(inputs)
    for (batch, run) in zip(masked.batches, try masked.variant(inputs).runs) {
      let outputs = try model(masked.inputs(batch))
      try expectClose(outputs["states"], run.inferenceStates)
      try expectClose(outputs["cells"], run.inferenceCells)
    }
  }

  @Test(
    "pairs are the statistics of valid samples with their counts, also for one sample and for none", arguments: variants
  )
  func pairs(_ inputs: InputStatistics) throws {
    let model = try masked.model(inputs)
    let graph = try model.graph.trainingGraph()
    let interpreter = try Interpreter(graph, tensors: model.tensors)
    let pairs = try graph.updatePairs()
    #expect(pairs.count == 6)
    for (batch, run) in zip(masked.batches, try masked.variant(inputs).runs) {
      let feed = try masked.inputs(batch)
      for pair in pairs {
        let term = try #require(MaskedCase.terms.first { MaskedCase.brick($0) == pair.brick })
        let expected = try #require(run.terms[term])
        try expectClose(
          interpreter.evaluate([pair.minibatch], inputs: feed)[0],
          pair.statistic == .mean ? expected.mean : expected.stdev)
        switch pair.observations {
        case .variable(let count):
          let counts = try interpreter.evaluate([count], inputs: feed)[0].doubles.map(Int64.init)
          #expect(counts == expected.counts)
        case .elements(let input, let axes, let mask):
          #expect(inputs == .sequenceWise && term == "input" && pair.application == "apply_to_sequence")
          let values = try interpreter.evaluate([input, try #require(mask)], inputs: feed)
          #expect(try [Int64(values[0].elementCount(over: axes, where: values[1]))] == expected.counts)
        }
      }
    }
  }

  @Test(
    "pooling batches of different lengths gives the statistics of all valid samples together", arguments: variants,
    [2, 4, 7])
  func pooled(_ inputs: InputStatistics, _ steps: Int) throws {
    var pass = try PopulationPass(masked.model(inputs, steps: steps))
    for batch in masked.batches { try pass.observe(masked.inputs(batch)) }
    // In the first batch, step 4 has one sample and step 5 has none, for every term with statistics for each step.
    #expect(pass.ignoredObservationCount == (inputs == .perStep ? 6 : 4))
    // Steps with enough samples past the second: two of the first batch, one of the second.
    #expect(pass.ignoredStepCount == (steps > 2 ? 0 : inputs == .perStep ? 9 : 6))
    let model = try pass.estimatedModel()
    for (term, expected) in try masked.variant(inputs).pooled {
      let brick = MaskedCase.brick(term)
      let isShared = term == "input" && inputs == .sequenceWise
      let counts = try #require(expected.counts)
      let wanted = isShared ? counts : Array((counts + [0]).prefix(steps))
      #expect(try model.origin(brick).observationCounts == wanted)
      let observed = wanted.count { $0 > 0 }
      let width = expected.mean.count / counts.count { $0 > 0 }
      for (values, expected) in [(try model.mean(brick), expected.mean), (try model.deviation(brick), expected.stdev)] {
        let known = Array(values.prefix(observed * width))
        try expectClose(Tensor(known, shape: [known.count]), Array(expected.prefix(known.count)))
      }
    }
  }

  @Test("a single sample at a step is processed in training mode, but not included in any statistic") func lonely()
    throws
  {
    var pass = try PopulationPass(masked.model(.perStep, steps: 7))
    try pass.observe(masked.inputs(masked.batches[0]))
    for record in pass.records {
      #expect(record.counts == [4, 4, 3, 2, 0, 0, 0])
      let width = record.values.exampleShape.elementCount
      #expect(try #require(record.mean)[(4 * width)...].allSatisfy { $0 == 0 })
    }
  }

  @Test("a batch that leaves nothing to record is an error that names the normalization") func nothing() throws {
    var pass = try PopulationPass(masked.model(.sequenceWise))
    var inputs = try masked.inputs(masked.batches[1], padding: 0)
    let size = masked.batches[1].size
    let first = (0..<3).flatMap { step in (0..<size).map { step == 0 && $0 == 0 ? 1.0 : 0 } }
    inputs["mask"] = try Tensor(first, shape: [3, size])
    let error = #expect(throws: GraphError.self) { try pass.observe(inputs) }
    #expect(error?.code == .tooFewObservations)
    #expect(error?.brick == MaskedCase.brick("input"))
    #expect(pass.records.isEmpty && pass.ignoredObservationCount == 0)
  }

  @Test(
    "the model and its pairs come back from a file, give the same bits and the same training graph", arguments: variants
  )
  func file(_ inputs: InputStatistics) throws {
    let path = temporaryPath("masked.h5")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try masked.model(inputs)
    var pass = try PopulationPass(model)
    for batch in masked.batches { try pass.observe(masked.inputs(batch)) }
    try CheckpointPayload(model: model, updates: pass.updates()).save(to: path)
    let loaded = try Model(checkpoint: path)
    #expect(loaded == model)
    #expect(try Checkpoint(opening: path).updates() == pass.updates())
    #expect(try loaded.graph.trainingGraph() == model.graph.trainingGraph())
    let feed = try masked.inputs(masked.batches[0])
    #expect(try loaded(feed).mapValues(\.digest) == model(feed).mapValues(\.digest))
  }
}
