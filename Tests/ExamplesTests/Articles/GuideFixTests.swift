import Bricks
import PopulationStatistics
import Testing

/// Section "What differs, and why" of docs/from-blocks.md: each claim, on the case that went wrong.
@Suite("The guide from Blocks: what differs")
struct GuideFixTests {
  private func model(
    _ normalization: BatchNormalization, shape: [Int] = [2], at steps: TimeStep?..., training: Bool = false
  ) throws -> Model {
    try Model([normalization], seed: 0) { scope in
      let x = try scope.input(ModelInput(name: "x", shape: shape))
      func applied() throws -> NamedVariables {
        NamedVariables(try steps.enumerated().map { ("y\($0)", try scope.apply(normalization, to: x, at: $1)) })
      }
      return training ? try scope.builder.inTraining { try applied() } : try applied()
    }
  }

  @Test("a time step is checked in both modes", arguments: [false, true])
  func timeStep(training: Bool) throws {
    let steps = BatchNormalization(timeSteps: 3)
    let strict = BatchNormalization(timeSteps: 3, pastEnd: .strict)
    _ = try model(steps, at: .constant(2), .constant(7), training: training)
    for (normalization, step) in [(steps, TimeStep.constant(-1)), (steps, nil), (strict, .constant(3))] {
      let error = try #require(throws: GraphError.self) {
        _ = try model(normalization, at: step, training: training)
      }
      #expect(error.code == .timeStep && error.brick == "/batchnormalization")
    }
  }

  @Test("a step after the last uses the statistics of the last one")
  func pastEnd() throws {
    var model = try model(
      BatchNormalization(timeSteps: 3, learnsScale: false, learnsShift: false), at: .constant(2), .constant(7))
    let mean = try model.path("/batchnormalization.population_mean")
    try model.setStatistic(
      mean, to: Tensor([0, 0, 0, 0, 5, 6] as [Float], shape: [3, 2]), origin: try #require(model.origins[mean]))
    let outputs = try model(["x": Tensor([5, 6] as [Float], shape: [1, 2])])
    #expect(outputs["y0"]?.doubles == [0, 0] && outputs["y1"]?.doubles == [0, 0])
  }

  @Test("a time-major input is refused in both modes", arguments: [false, true])
  func rank(training: Bool) {
    #expect(throws: BrickError.self) {
      _ = try model(BatchNormalization([2]), shape: [4, 2], at: nil, training: training)
    }
  }

  @Test("a batch of one is refused in training mode, and adds nothing to statistics")
  func smallBatch() throws {
    let model = try model(BatchNormalization(), at: nil)
    let one = try Tensor([1, 2] as [Float], shape: [1, 2])
    _ = try model(["x": one])
    let error = try #require(throws: GraphError.self) {
      _ = try Interpreter(model.graph.trainingGraph(), tensors: model.tensors)(["x": one])
    }
    #expect(error.code == .tooFewObservations)
    var pass = try PopulationPass(model)
    #expect(throws: (any Error).self) { try pass.observe(["x": one]) }
    #expect(pass.records.isEmpty)
  }

  @Test("the number of channels is set for any rank")
  func channels() {
    var flat = BatchNormalization([2, 3])
    flat.channelCount = 9
    #expect(flat.inputDimensions == [9, 3])
    var volume = BatchNormalization([2, 3, 4, 5])
    volume.channelCount = 9
    #expect(volume.inputDimensions == [9, 3, 4, 5])
  }

  @Test("the same brick may be used at different steps, but not twice at one step")
  func duplicates() throws {
    let steps = BatchNormalization(timeSteps: 3)
    let pairs = try model(steps, at: .constant(0), .constant(1)).graph.trainingGraph().updatePairs()
    #expect(pairs.count == 4 && Set(pairs.map(\.step)).count == 2)
    let twice = try model(steps, at: .constant(1), .constant(1)).graph.trainingGraph()
    #expect(throws: GraphError.self) { _ = try twice.updatePairs() }
    #expect(try twice.updatePairs(allowingDuplicates: true).count == 4)
  }

  @Test("a normalization that only subtracts the mean has one pair, also in a transformed graph")
  func meanOnly() throws {
    let pairs = try model(BatchNormalization(meanOnly: true), at: nil).graph.trainingGraph().updatePairs()
    #expect(pairs.map(\.statistic) == [.mean])
  }

  @Test("masked elements have no influence on statistics, in a batch and in a sequence")
  func masks() throws {
    let normalization = BatchNormalization()
    func mean(_ model: Model, _ x: Tensor, _ mask: Tensor) throws -> [Double] {
      var pass = try PopulationPass(model)
      try pass.observe(["x": x, "mask": mask])
      let estimated = try pass.estimatedModel()
      return try estimated.tensor(estimated.path("/batchnormalization.population_mean")).doubles
    }
    let batches = try Model([normalization], seed: 0) { scope in
      let x = try scope.input(ModelInput(name: "x", shape: [2]))
      let mask = try scope.builder.input("mask", VariableType(.float32, ["batch"]))
      return ["y": try scope.apply(normalization, to: x, mask: mask)]
    }
    let rows = [1, 2, 3, 5, 99, .nan] as [Float]
    #expect(
      try mean(batches, Tensor(rows, shape: [3, 2]), Tensor([1, 1, 0] as [Float], shape: [3])) == [2, 3.5])
    let sequences = try Model([normalization], seed: 0) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, ["time", "batch", 2]))
      let mask = try scope.builder.input("mask", VariableType(.float32, ["time", "batch"]))
      return ["y": try scope.apply(normalization, toSequence: x, mask: mask)]
    }
    let steps = try Tensor([1, 2, 3, 5, 5, 8, 99, .nan] as [Float], shape: [2, 2, 2])
    #expect(try mean(sequences, steps, Tensor([1, 1, 1, 0] as [Float], shape: [2, 2])) == [3, 5])
  }

  @Test("statistics are reset only on request")
  func reset() throws {
    var model = try model(BatchNormalization(), at: nil)
    let fresh = model
    var pass = try PopulationPass(model)
    try pass.observe(["x": Tensor([1, 2, 3, 5] as [Float], shape: [2, 2])])
    model = try pass.estimatedModel()
    #expect(model != fresh)
    try model.resetStatistics()
    #expect(model == fresh)
  }
}
