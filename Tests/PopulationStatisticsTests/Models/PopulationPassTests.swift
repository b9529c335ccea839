import Bricks
import Checkpoints
import HDF5
import PopulationStatistics
import Testing

@Suite("A pass over data")
struct PopulationPassTests {
  @Test(
    "over the digits gives PyTorch's pairs in the snapshot, to 1e-9 in double and 1e-4 in single precision",
    arguments: [(ScalarType.float64, 1e-9), (.float32, 1e-4)])
  func digitsPairs(type: ScalarType, tolerance: Double) throws {
    let checkpoint = try Checkpoint(opening: digits("snapshot-5.h5"))
    let stored = try checkpoint.model()
    let model = type == .float32 ? stored : try doublePrecisionCopy(of: stored)
    let recorded = try checkpoint.updates()
    let images = try HDF5.File(opening: digits("train.h5")).openDataset("images")
    let count = images.dimensions[0]
    var pass = try PopulationPass(model)
    for start in stride(from: 0, to: count, by: 128) {
      let rows = min(128, count - start)
      let values = try images.read(as: Double.self, from: Hyperslab(start: [start, 0], count: [rows, 64]))
      try pass.observe(
        Tensor(values, shape: [rows, 64]).converted(to: type), batch: "train.h5:images[\(start):\(start + rows)]")
    }
    let observed = try pass.updates()
    #expect(observed.records.count == 36)
    #expect(observed.records.map(\.identity.batch) == recorded.records.map(\.identity.batch))
    for (new, old) in zip(observed.records, recorded.records) {
      #expect(new.identity.brick == old.identity.brick)
      #expect(new.identity.application == old.identity.application)
      #expect(new.identity.parametersDigest == model.parametersDigest)
      #expect((new.sequence, new.epsilon, new.scalarType) == (old.sequence, old.epsilon, .float64))
      #expect(new.counts == old.counts)
      for (values, wanted) in [(new.mean, old.mean), (new.standardDeviation, old.standardDeviation)] {
        let (values, wanted) = (try #require(values), try #require(wanted))
        try #require(values.count == wanted.count)
        expectClose(values, wanted, absolute: tolerance, relative: tolerance)
      }
    }
    if type == .float32 {
      #expect(observed.parametersDigests == recorded.parametersDigests)
      #expect(try pass.estimatedModel().statisticStates.values.allSatisfy { $0 == .estimated })
    }
  }

  /// The same brick, made again in double precision, with the same parameters.
  private func doublePrecisionCopy(of model: Model) throws -> Model {
    let brick = BatchNormalizedMLP(activations: [Tanh(), Tanh(), nil], dimensions: [64, 128, 128, 10])
    var copy = try Model(brick, input: .features(64), output: "logits", scalar: .float64, seed: 1)
    for (path, tensor) in model.tensors where path.collection == .parameters {
      try copy.set(path, to: tensor.converted(to: .float64))
    }
    return copy
  }

  // Hand calculation: of [0, 2] the mean is 1 and the variance 1, of [4, 4, 10] they are 6 and 8, of [4, 8] 6 and 4; ε is 0.25.
  static let first: [[Double]] = [[0, 1], [2, 1]]
  static let second: [[Double]] = [[4, 3], [4, 0], [10, 0]]
  static let third: [[Double]] = [[4, 3], [8, -1]]

  @Test("over several constant time steps gives one record with a row and a count per step")
  func constantSteps() throws {
    var pass = try PopulationPass(Steps.model(at: [2, 0]))
    try pass.observe(["x0": matrix(Self.first), "x1": matrix(Self.third)], batch: "a")
    #expect(pass.records.count == 1)
    let record = pass.records[0]
    #expect(record.identity.description == "/steps/batchnormalization.apply of batch \"a\"")
    #expect(record.values.hasTimeSteps)
    #expect(record.epsilon == 0.25)
    #expect(record.mean == [6, 1, 0, 0, 1, 1])
    #expect(record.standardDeviation == [root(4.25), root(4.25), 0, 0, root(1.25), 0.5])
    #expect(record.counts == [2, 0, 2])
    #expect(pass.ignoredStepCount == 0)
  }

  @Test("counts steps after the last one as ignored, and keeps no values of them")
  func constantStepsPastEnd() throws {
    var pass = try PopulationPass(Steps.model(at: [2, 3, 9]))
    let inputs: [Name: Tensor] = [
      "x0": try matrix(Self.first), "x1": try matrix(Self.third), "x2": try matrix(Self.third),
    ]
    try pass.observe(inputs)
    try pass.observe(inputs)
    #expect(pass.ignoredStepCount == 4)
    #expect(pass.records.map(\.counts) == [[0, 0, 2], [0, 0, 2]])
    #expect(pass.records[0].mean == [0, 0, 0, 0, 1, 1])
    var nothing = try PopulationPass(Steps.model(at: [3]))
    try nothing.observe(matrix(Self.first))
    #expect(nothing.records.isEmpty)
    #expect(nothing.ignoredStepCount == 1)
    expectStatisticsError(.neverObserved) { try nothing.estimatedModel() }
  }

  @Test(
    "observes sequences of different length at a step input; steps that no sequence reached keep their initial values")
  func stepInput() throws {
    var pass = try PopulationPass(OneNormalization.model(timeSteps: 4))
    for (batch, lengths) in [("a", 0..<2), ("b", 0..<1), ("c", 0..<6)] {
      for step in lengths {
        try pass.observe(
          ["features": matrix(step == 0 ? Self.first : Self.second), "step": Tensor([Int64(step)], shape: [])],
          batch: "\(batch) at step \(step)")
      }
    }
    #expect(pass.ignoredStepCount == 2)
    #expect(pass.records.count == 7)
    #expect(pass.records[1].counts == [0, 3, 0, 0])
    let model = try pass.estimatedModel()
    #expect(try model.origin().observationCounts == [6, 6, 3, 3])
    #expect(try model.mean() == [1, 1, 6, 1, 6, 1, 6, 1])
    #expect(try model.state() == .estimated)
  }

  @Test("of a shared normalization gives a record for each application, and pools them")
  func sharedNormalization() throws {
    let shared = BatchNormalization([2], epsilon: 0.25)
    let model = try Model([shared], scalar: .float64, seed: 1) { scope in
      let features = VariableType(.float64, ["batch", 2])
      let (left, right) = (try scope.builder.input("left", features), try scope.builder.input("right", features))
      return ["left": try scope.apply(shared, to: left), "right": try scope.apply(shared, to: right)]
    }
    var pass = try PopulationPass(model)
    try pass.observe(["left": matrix(Self.first), "right": matrix(Self.third)], batch: "a")
    #expect(pass.records.map(\.identity.application) == ["apply", "apply#1"])
    #expect(pass.records.map(\.counts) == [[2], [2]])
    let estimated = try pass.estimatedModel()
    // By hand: the four rows together have the means 3.5 and 1, and the variances 8.75 and 2.
    #expect(try estimated.mean() == [3.5, 1])
    #expect(try estimated.deviation() == [3, 1.5])
    #expect(try estimated.origin().observationCounts == [4])
  }

  @Test("refuses a step input that is also a constant step, because the step would have two values")
  func stepTwice() throws {
    let network = Steps()
    let model = try Model([network], scalar: .float64, seed: 1) { scope in
      let input = try scope.input(.features(2))
      scope.timeStep = .variable(try scope.builder.input("step", VariableType(.int64, [])))
      let first = try scope.apply(network, to: input)
      scope.timeStep = .constant(1)
      return ["first": first, "second": try scope.apply(network, to: input)]
    }
    var pass = try PopulationPass(model)
    func inputs(_ step: Int64) throws -> [Name: Tensor] {
      ["features": try matrix(Self.first), "step": try Tensor([step], shape: [])]
    }
    expectStatisticsError(.conflict, mentioning: "twice at time step 1") { try pass.observe(inputs(1)) }
    #expect(pass.records.isEmpty)
    try pass.observe(inputs(0))
    #expect(pass.records.map(\.counts) == [[2, 2, 0]])
  }

  @Test("a strict policy refuses a step past the end")
  func strict() throws {
    var pass = try PopulationPass(
      Model(
        Steps(2, pastEnd: .strict), input: .features(2), scalar: .float64, withTimeStep: true, seed: 1))
    let error = #expect(throws: GraphError.self) {
      try pass.observe(["features": matrix(Self.first), "step": Tensor([Int64(2)], shape: [])])
    }
    #expect(error?.code == .timeStep)
    #expect(pass.records.isEmpty)
  }

  @Test("keeps only means for a normalization that only subtracts the mean")
  func meanOnly() throws {
    var pass = try PopulationPass(OneNormalization.model(meanOnly: true))
    try pass.observe(matrix(Self.second))
    #expect(pass.records[0].mean == [6, 1])
    #expect(pass.records[0].standardDeviation == nil)
    #expect(try pass.estimatedModel().mean() == [6, 1])
  }

  @Test("averages over broadcastable axes and counts their observations")
  func images() throws {
    let model = try Model(
      BatchNormalization(broadcastable: [false, true, true], epsilon: 0.25),
      input: .images(channels: 1, height: 1, width: 3), scalar: .float64, seed: 1)
    var pass = try PopulationPass(model)
    try pass.observe(Tensor([4, 4, 10] as [Double], shape: [1, 1, 1, 3]))
    #expect(pass.records[0].values.exampleShape == [1, 1, 1])
    #expect(pass.records[0].mean == [6])
    #expect(pass.records[0].standardDeviation == [root(8.25)])
    #expect(pass.records[0].counts == [3])
  }

  @Test("refuses a batch of one and a batch with values that are not finite, and records neither")
  func refusedBatches() throws {
    var pass = try PopulationPass(OneNormalization.model())
    try pass.observe(matrix(Self.first), batch: "good")
    let before = pass.records
    let error = #expect(throws: GraphError.self) { try pass.observe(matrix([[1, 2]])) }
    #expect(error?.code == .tooFewObservations)
    expectStatisticsError(.invalidValues, mentioning: "nan") { try pass.observe(matrix([[1, .nan], [0, 0]])) }
    #expect(throws: GraphError.self) { try pass.observe(matrix([[1], [2]])) }
    #expect(throws: GraphError.self) {
      try pass.observe(["features": matrix(Self.first), "other": matrix(Self.first)])
    }
    #expect(pass.records == before)
    try pass.observe(matrix(Self.second))
    #expect(pass.records.map(\.sequence) == [0, 1])
  }

  @Test("names batches by place and content unless told otherwise, so that the same pass twice is the same set")
  func batchNames() throws {
    func pass(_ batches: [[[Double]]]) throws -> UpdateSet {
      var pass = try PopulationPass(OneNormalization.model())
      for batch in batches { try pass.observe(matrix(batch)) }
      return try pass.updates()
    }
    let once = try pass([Self.first, Self.first, Self.second])
    #expect(once.records.count == 3)
    #expect(try once.union(pass([Self.first, Self.first, Self.second])) == once)
    #expect(try once.union(pass([Self.second])).records.count == 4)
    var clash = try PopulationPass(OneNormalization.model())
    try clash.observe(matrix(Self.first), batch: "a")
    try clash.observe(matrix(Self.second), batch: "a")
    expectStatisticsError(.conflict, mentioning: "\"a\"") { try clash.updates() }
  }

  @Test("takes a batch twice as one record with its first place, and refuses its name for other examples")
  func repeatedBatch() throws {
    let examples = try [0..<2, 2..<4].map { try #require(ExampleSelection(source: "x", ranges: [$0])) }
    let inputs: [Name: Tensor] = ["features": try matrix(Self.first)]
    var pass = try PopulationPass(OneNormalization.model())
    try pass.observe(inputs, batch: "a", sequence: 5, examples: examples[0])
    try pass.observe(["features": matrix(Self.third)], batch: "b", sequence: 7, examples: examples[1])
    try pass.observe(inputs, batch: "a", sequence: 3, examples: examples[0])
    expectStatisticsError(.conflict, mentioning: "\"a\"") {
      try pass.observe(inputs, batch: "a", sequence: 9, examples: examples[1])
    }
    let updates = try pass.updates()
    #expect(updates.records.map(\.sequence) == [3, 7])
    #expect(updates.records.map(\.mean) == [[1, 1], [6, 1]])
    #expect(updates.records.map(\.standardDeviation) == [[root(1.25), 0.5], [root(4.25), root(4.25)]])
  }

  @Test("needs a normalization, and the name of an input unless there is only one")
  func unsuitableModels() throws {
    let error = #expect(throws: GraphError.self) {
      _ = try PopulationPass(Model(Linear(2, 2), input: .features(2), seed: 1))
    }
    #expect(error?.code == .noUpdatePairs)
    var pass = try PopulationPass(Steps.model(at: [0, 1]))
    #expect(throws: GraphError.self) { try pass.observe(matrix(Self.first)) }
  }
}
