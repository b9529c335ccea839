import Bricks
import PopulationStatistics
import Testing

@Suite("Averaging statistics of time steps into a model")
struct StepAveragingTests {
  let model: Model
  let digest: Digest

  init() throws {
    model = try OneNormalization.model(timeSteps: 3)
    digest = model.parametersDigest
  }

  /// One record of two features; the mean of step t is t + 1, the deviation t + 2.
  func updates(_ counts: [Int64], batch: Name = "a") throws -> UpdateSet {
    let steps = counts.indices.flatMap { [Double($0), Double($0)] }
    return try UpdateSet([
      record(
        batch, brick: OneNormalization.brick, digest: digest, epsilon: 0.25, mean: steps.map { $0 + 1 },
        deviation: steps.map { $0 + 2 }, counts, steps: true)
    ])
  }

  @Test("fills steps that no record observed, and says which")
  func filled() throws {
    let (result, changes, _) = try StatisticAveraging().apply(updates([0, 5]), to: model)
    #expect(try result.mean() == [2, 2, 2, 2, 2, 2])
    #expect(try result.deviation() == [3, 3, 3, 3, 3, 3])
    #expect(try result.origin().observationCounts == [0, 5, 0])
    #expect(changes[0].filledSteps == [0, 2])
    #expect((changes[0].countAfter, changes[0].ignoredSteps) == (5, 0))
  }

  @Test("leaves out steps after the model's last one, and does not fill others with them")
  func ignored() throws {
    let (result, changes, _) = try StatisticAveraging().apply(updates([5, 0, 0, 7, 7]), to: model)
    #expect(try result.mean() == [1, 1, 1, 1, 1, 1])
    #expect(try result.origin().observationCounts == [5, 0, 0])
    #expect(changes[0].filledSteps == [1, 2])
    #expect((changes[0].countAfter, changes[0].ignoredSteps) == (5, 2))
    expectStatisticsError(.neverObserved, mentioning: OneNormalization.brick.text) {
      try StatisticAveraging().apply(updates([0, 0, 0, 7]), to: model)
    }
  }

  @Test("pools each step by itself if recordings are ragged")
  func ragged() throws {
    let other = try record(
      "b", brick: OneNormalization.brick, digest: digest, epsilon: 0.25, mean: [5, 5], deviation: [2, 2],
      [5],
      steps: true)
    let set = try updates([5, 5, 5]).union(UpdateSet([other]))
    let (result, changes, _) = try StatisticAveraging().apply(set, to: model)
    // Step 0: means 1 and 5 with equal counts, variances 3.75 each.
    #expect(try result.mean() == [3, 3, 2, 2, 3, 3])
    #expect(try result.deviation() == [root(8), root(8), 3, 3, 4, 4])
    #expect(try result.origin().observationCounts == [10, 5, 5])
    #expect((changes[0].recordCount, changes[0].filledSteps) == (2, []))
  }

  @Test("a moving average keeps the values and the count of an estimated step without records")
  func movingAverage() throws {
    let estimated = try model.estimated(
      mean: [9, 9, 9, 9, 7, 7], deviation: [4, 4, 4, 4, 6, 6], counts: [20, 0, 30], digest: digest)
    let (result, changes, _) = try StatisticAveraging(.movingAverage(smoothingFactor: 0.5)).apply(
      updates([5, 5]), to: estimated)
    #expect(try result.mean() == [5, 5, 2, 2, 7, 7])
    #expect(try result.deviation() == [3, 3, 3, 3, 6, 6])
    #expect(try result.origin().observationCounts == [5, 5, 30])
    #expect(try result.state() == .estimated)
    #expect(changes[0].filledSteps.isEmpty)
  }
}

@Suite("A model's statistics as records")
struct PopulationRecordTests {
  static let digest = Digest(of: "parameters")

  @Test("are empty for statistics that were never estimated")
  func neverEstimated() throws {
    #expect(try OneNormalization.model().populationRecords().isEmpty)
    #expect(try OneNormalization.model(timeSteps: 2).populationRecords().isEmpty)
  }

  @Test("are empty for training averages, which stand for an unknown number of observations")
  func trainingAverages() throws {
    var model = try OneNormalization.model().estimated(mean: [1, 2], deviation: [3, 4], counts: [1], digest: nil)
    for (path, var origin) in model.origins {
      origin.estimator = .trainingAverage
      try model.setStatistic(path, to: model.tensor(path), origin: origin)
    }
    #expect(try model.populationRecords().isEmpty)
  }

  @Test("are one record for each estimated statistic, with values, count, ε, parameters and a unique name")
  func estimated() throws {
    let model = try OneNormalization.model(type: .float32)
    let first = try model.estimated(mean: [1, 2], deviation: [3, 4], counts: [7], digest: Self.digest)
    let second = try model.estimated(mean: [1, 2], deviation: [3, 5], counts: [7], digest: Self.digest)
    let record = try #require(try first.populationRecords().first)
    #expect(record.identity.brick == OneNormalization.brick)
    #expect(record.identity.batch.hasPrefix("population statistics "))
    #expect(record.identity.parametersDigest == Self.digest)
    #expect((record.mean, record.standardDeviation, record.counts) == ([1, 2], [3, 4], [7]))
    #expect((record.epsilon, record.scalarType) == (0.25, .float32))
    let set = try UpdateSet(first.populationRecords() + second.populationRecords() + first.populationRecords())
    #expect(set.records.count == 2)
  }

  @Test("keep the ε of the stored number, so that a different ε in the graph is a conflict")
  func epsilon() throws {
    let model = try OneNormalization.model()
    let moved = try model.estimated(mean: [1, 2], deviation: [3, 4], counts: [7], digest: nil, epsilon: 0.5)
    let records = try UpdateSet(moved.populationRecords())
    #expect(records.records[0].epsilon == 0.5)
    expectStatisticsError(.conflict, mentioning: "epsilon 0.5") {
      try StatisticAveraging(allowsPrior: true).apply(records, to: model)
    }
  }

  @Test("a mean and a standard deviation of different observations are refused")
  func contradiction() throws {
    var model = try OneNormalization.model().estimated(
      mean: [1, 2], deviation: [3, 4], counts: [7], digest: Self.digest)
    var origin = try model.origin()
    origin.observationCounts = [8]
    let path = try TensorPath(.statistics, brick: OneNormalization.brick, name: "population_stdev")
    try model.setStatistic(path, to: model.tensor(path), origin: origin)
    expectStatisticsError(.conflict, mentioning: "different observations") { try model.populationRecords() }
  }

  @Test("values without meaning are named with their brick")
  func meaningless() throws {
    let model = try OneNormalization.model().estimated(mean: [1, 2], deviation: [3, -4], counts: [7], digest: nil)
    expectStatisticsError(.invalidValues, mentioning: OneNormalization.brick.text) { try model.populationRecords() }
  }

  @Test("a normalization that only subtracts the mean gives only means, and keeping removes other statistics")
  func keeping() throws {
    let meanOnly = try OneNormalization.model(meanOnly: true)
      .estimated(mean: [1, 2], deviation: nil, counts: [7], digest: nil)
    let means = try UpdateSet(meanOnly.populationRecords(), source: "file")
    #expect(means.records[0].standardDeviation == nil)
    #expect(means.keeping([.mean]) == means)
    #expect(means.keeping([.standardDeviation]).records.isEmpty)
    let both = try UpdateSet([record("a", mean: [1], deviation: [2], [3]), record("b", mean: [4], deviation: [5], [6])])
    #expect(both.keeping([.mean, .standardDeviation]) == both)
    let deviations = both.keeping([.standardDeviation])
    #expect(deviations.records.map(\.mean) == [nil, nil])
    #expect(deviations.records.map(\.standardDeviation) == [[2], [5]])
    #expect(deviations.records.map(\.identity) == both.records.map(\.identity))
    #expect(deviations.bricks == both.bricks)
    #expect(both.keeping([]).records.isEmpty)
    #expect(means.keeping([.mean]).source(of: means.records[0].identity) == "file")
  }
}
