import PopulationStatistics
import Tensors
import Testing

@Suite("The options of an estimation")
struct EstimationOptionsTests {
  static let brick: Name = "/norm"

  func estimate(_ estimation: Estimation, _ records: UpdateRecord...) throws -> Estimate {
    try estimation.estimate(brick: Self.brick, in: UpdateSet(records))
  }

  func failure(_ estimation: Estimation, _ records: UpdateRecord...) throws -> StatisticsError {
    let set = try UpdateSet(records)
    return try #require(throws: StatisticsError.self) { try estimation.estimate(brick: Self.brick, in: set) }
  }

  @Test(
    "steps that were never observed use the last observed step before them, or the first one after them, and say so")
  func fillsSteps() throws {
    let a = try record("a", mean: [0, 1, 0, 0], deviation: [0, 2, 0, 0], [0, 3, 0, 0], steps: true)
    let b = try record("b", mean: [0, 0, 0, 5], deviation: [0, 0, 0, 6], [0, 0, 0, 1], steps: true)
    let result = try estimate(Estimation(minimumStepCounts: [Self.brick: 6]), a, b)
    #expect(result.mean == [1, 1, 1, 5, 5, 5])
    #expect(result.standardDeviation == [2, 2, 2, 6, 6, 6])
    #expect(result.counts == [0, 3, 0, 1, 0, 0])
    #expect(result.filledSteps == [0, 2, 4, 5])
    #expect(result.recordCount == 2)
    #expect(result.shape == [6, 1])
  }

  @Test("without any observation there is an error")
  func nothingObserved() throws {
    let error = try failure(Estimation(), record("a", mean: [.nan], deviation: [.nan], [0]))
    #expect(error.code == .neverObserved)
    #expect(error.message.contains(Self.brick.text))
    #expect(try failure(Estimation()).code == .neverObserved)
  }

  @Test(
    "the statistics of a single batch are its own",
    arguments: [Estimator.pooled, .meanOfDeviations, .meanOfVariances, .movingAverage(smoothingFactor: 0.5)])
  func oneBatch(estimator: Estimator) throws {
    let result = try estimate(
      Estimation(estimator), record("a", epsilon: 0.25, mean: [3, -1], deviation: [1.5, 0.5], [7]))
    #expect(result.mean == [3, -1])
    #expect(result.standardDeviation == [1.5, 0.5])
    #expect(result.counts == [7])
  }

  @Test("a standard deviation below the root of epsilon counts as variance 0")
  func clampedVariance() throws {
    let result = try estimate(Estimation(), record("a", epsilon: 0.25, mean: [3], deviation: [0.25], [7]))
    #expect(result.standardDeviation == [0.5])
  }

  @Test("records of a normalization that only subtracts the mean give only a mean")
  func meanOnly() throws {
    let result = try estimate(
      Estimation(), record("a", mean: [1], deviation: nil, [1]), record("b", mean: [4], deviation: nil, [2]))
    #expect(result.mean == [3])
    #expect(result.standardDeviation == nil)
  }

  @Test("standard deviations alone can be averaged but not pooled")
  func deviationsOnly() throws {
    let a = try record("a", mean: nil, deviation: [1], [1])
    let b = try record("b", mean: nil, deviation: [4], [2])
    #expect(try failure(Estimation(), a, b).code == .missingStatistic)
    let result = try estimate(Estimation(.meanOfDeviations), a, b)
    #expect(result.mean == nil)
    #expect(result.standardDeviation == [2.5])
  }

  @Test("a weight multiplies the count, and weight 0 leaves a record out")
  func weights() throws {
    let records = try ["a", "b", "c"].enumerated().map { index, batch in
      try record(batch, mean: [Double(index)], deviation: [1], [10])
    }
    let weights = Dictionary(uniqueKeysWithValues: zip(records.map(\.identity), [3.0, 1.0, 0.0]))
    let result = try estimate(Estimation(.pooled, weights: weights), records[0], records[1], records[2])
    // Means 0 and 1 with shares 3/4 and 1/4: variance 1 + 3/16.
    #expect(result.mean == [0.25])
    #expect(result.standardDeviation == [(1.1875).squareRoot()])
    #expect(result.counts == [20])
    #expect(result.recordCount == 2)
  }

  @Test("a moving average follows the recorded order, not the names")
  func recordedOrder() throws {
    let records = try [("a", 2, 8.0), ("b", 0, 2.0), ("c", 1, 4.0)].map { batch, sequence, value in
      try record(batch, sequence: sequence, mean: [value], deviation: [value], [1])
    }
    let estimation = Estimation(.movingAverage(smoothingFactor: 0.5))
    // 2, then (2 + 4) / 2 = 3, then (3 + 8) / 2 = 5.5
    #expect(try estimate(estimation, records[0], records[1], records[2]).mean == [5.5])
    // At the same place in the order, names decide: b before c before d.
    let tied = try record("d", sequence: 1, mean: [0], deviation: [1], [1])
    #expect(try estimate(estimation, tied, records[2], records[1]).mean == [1.5])
  }

  @Test("a moving average starts at the model's values at steps that were estimated")
  func initialValues() throws {
    let values = try StatisticValues(
      exampleShape: [1], hasTimeSteps: true, mean: [10, 20, 30], standardDeviation: [1, 2, 3], counts: [5, 0, 5])
    let estimation = Estimation(.movingAverage(smoothingFactor: 0.25), initialValues: [Self.brick: values])
    let result = try estimate(
      estimation, record("a", mean: [2, 2], deviation: [5, 5], [1, 1], steps: true))
    #expect(result.mean == [8, 2, 30])
    #expect(result.standardDeviation == [2, 5, 3])
    #expect(result.counts == [1, 1, 0])
    #expect(result.filledSteps == [])
    let other = try StatisticValues(
      exampleShape: [2], hasTimeSteps: true, mean: [1, 1], standardDeviation: [1, 1], counts: [1])
    let mismatched = Estimation(.movingAverage(smoothingFactor: 0.25), initialValues: [Self.brick: other])
    let error = try failure(mismatched, record("a", mean: [2, 2], deviation: [5, 5], [1, 1], steps: true))
    #expect(error.code == .shapeMismatch)
  }

  @Test("estimators are known by name and refuse options that they do not take")
  func names() throws {
    for name in Estimator.names {
      let estimator = try Estimator(name: name, smoothingFactor: name.hasPrefix("moving") ? 0.1 : nil)
      #expect(estimator.name == name)
    }
    #expect(throws: StatisticsError.self) { try Estimator(name: "median") }
    #expect(throws: StatisticsError.self) { try Estimator(name: "pooled", smoothingFactor: 0.1) }
    for name in ["moving-average", "moving-variance"] {
      #expect(throws: StatisticsError.self) { try Estimator(name: name) }
      for factor in [0, -1, 1.5, .nan] {
        #expect(throws: StatisticsError.self) { try Estimator(name: name, smoothingFactor: factor) }
      }
    }
    #expect(throws: StatisticsError.self) {
      try Estimator(name: "moving-average", smoothingFactor: 0.1, besselCorrection: true)
    }
    #expect(
      try Estimator(name: "moving-variance", smoothingFactor: 0.1, besselCorrection: true)
        == .movingVariance(smoothingFactor: 0.1, besselCorrection: true))
    let only = try record("a", mean: [1], deviation: [1], [1])
    for estimator in [Estimator.meanOfVariances, .movingAverage(smoothingFactor: 0.5)] {
      #expect(try failure(Estimation(estimator, weights: [only.identity: 1]), only).code == .invalidOption)
    }
    #expect(try failure(Estimation(.movingAverage(smoothingFactor: 2)), only).code == .invalidOption)
    #expect(try failure(Estimation(weights: [:]), only).code == .invalidOption)
    #expect(try failure(Estimation(weights: [only.identity: -1]), only).code == .invalidOption)
    #expect(try failure(Estimation(outputType: .float16), only).code == .invalidOption)
  }

  @Test("counts and values that exceed their type are errors")
  func overflow() throws {
    let a = try record("a", mean: [1e300], deviation: [1], [.max])
    let b = try record("b", mean: [1], deviation: [1], [1])
    #expect(try failure(Estimation(), a, b).code == .overflow)
    #expect(try failure(Estimation(outputType: .float32), a).code == .overflow)
  }

  @Test("one and two threads give the same bits, in the order of the bricks")
  func threads() throws {
    var generator = SeededGenerator(seed: 3)
    var records: [UpdateRecord] = []
    for brick in 0..<23 {
      for batch in 0..<5 {
        let values = (0..<11).map { _ in Double.random(in: 0.1..<2, using: &generator) }
        records.append(try record("\(batch)", brick: "/brick \(brick)", mean: values, deviation: values, [3]))
      }
    }
    let set = try UpdateSet(records)
    let one = try Estimation().estimates(in: set, threads: 1)
    #expect(one.map(\.brick) == set.bricks)
    for threads in [2, 3, 64] {
      #expect(try Estimation().estimates(in: set, threads: threads) == one)
    }
    #expect(try Estimation().estimate(brick: "/brick 7", in: set) == one.first { $0.brick == "/brick 7" })
    #expect(try Estimation().estimates(in: UpdateSet(), threads: 2).isEmpty)
  }

  @Test("the failure of the first brick is reported, for any number of threads", arguments: [1, 2])
  func firstFailure(threads: Int) throws {
    let set = try UpdateSet(
      ["/c", "/a", "/b"].map { try record("0", brick: $0, mean: [1], deviation: [1], [$0 == "/a" ? 1 : 0]) })
    let error = try #require(throws: StatisticsError.self) { try Estimation().estimates(in: set, threads: threads) }
    #expect(error.message.hasPrefix("/b:"))
  }
}
