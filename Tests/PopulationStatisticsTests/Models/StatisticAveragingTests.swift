import Bricks
import PopulationStatistics
import Testing

@Suite("Averaging update records into a model")
struct StatisticAveragingTests {
  static let brick = OneNormalization.brick
  static let other = Digest(of: "other parameters")

  /// Records of two features with ε = 0.25, one for each batch, that belong to the parameters with a digest. Each has as many steps as
  /// counts.
  func updates(
    _ digest: Digest?, _ batches: (mean: [Double], deviation: [Double]?, counts: [Int64])..., brick: Name = brick,
    epsilon: Double = 0.25, steps: Bool = false, type: ScalarType = .float64
  ) throws -> UpdateSet {
    try UpdateSet(
      batches.enumerated().map { index, batch in
        try record(
          "batch \(index)", brick: brick, sequence: index, digest: digest, epsilon: epsilon, type: type,
          mean: batch.mean, deviation: batch.deviation, batch.counts, steps: steps)
      })
  }

  @Test("names the channel whose numbers are all equal if ε is 0, because no inference divides by 0")
  func zeroDeviation() throws {
    let model = try Model(BatchNormalization([2], epsilon: 0), input: .features(2), scalar: .float64, seed: 1)
    let digest = model.parametersDigest
    let constant = try updates(digest, ([1, 3], [1, 0], [2]), ([2, 3], [1, 0], [4]), epsilon: 0)
    expectStatisticsError(.zeroDeviation, mentioning: "\(Self.brick): the standard deviation of channel 1 would be 0") {
      try StatisticAveraging().apply(constant, to: model)
    }
    let found = try constant.zeroDeviations()
    #expect(found.map(\.brick) == [Self.brick] && found.map(\.channel) == [1] && found.map(\.step) == [nil])
    // Minibatches without variance, but with different means, have a pooled variance: (2·1² + 4·½²) / 6 = ½.
    let varying = try updates(digest, ([1, 2], [1, 0], [2]), ([2, 3.5], [1, 0], [4]), epsilon: 0)
    #expect(try varying.zeroDeviations().isEmpty)
    #expect(try StatisticAveraging().apply(varying, to: model).model.deviation()[1] == 0.5.squareRoot())
    expectStatisticsError(.zeroDeviation, mentioning: "in each batch") {
      try StatisticAveraging(.meanOfDeviations).apply(varying, to: model)
    }
    #expect(try updates(digest, ([1, 3], [1, 0.5], [2])).zeroDeviations().isEmpty)
  }

  @Test("pools records of the model's own parameters exactly, in the model's type, and leaves the parameters unchanged")
  func pooled() throws {
    for type in [ScalarType.float32, .float64] {
      let model = try OneNormalization.model(type: type)
      let set = try updates(model.parametersDigest, ([0, -1], [0.5, 1.5], [1]), ([4, 3], [2.5, 0.5], [3]))
      #expect(StatisticAveraging.regime(of: set, in: model) == .sameParameters)
      let (result, changes, _) = try StatisticAveraging(threads: 2).apply(set, to: model)
      // Means (0 + 3·4)/4 and (−1 + 3·3)/4; variances (0 + 3·6)/4 + 3 and (2 + 3·0)/4 + 3; ε 0.25 is added under the root.
      #expect(try result.mean() == [3, 2])
      let deviation = [root(7.75), root(3.75)]
      #expect(try result.deviation() == (type == .float32 ? deviation.map { Double(Float($0)) } : deviation))
      #expect(
        try result.origin()
          == StatisticOrigin(
            epsilon: 0.25, observationCounts: [4], estimator: "pooled", records: 2,
            parametersDigest: model.parametersDigest))
      #expect(result.statisticStates.values.allSatisfy { $0 == .estimated })
      #expect(result.parametersDigest == model.parametersDigest)
      let change = try #require(changes.first)
      #expect((change.brick, change.countBefore, change.countAfter, change.recordCount) == (Self.brick, 0, 4, 2))
      // (3/√7.75 + 2/√3.75)/2 and (7.75·3.75)^¼, by NumPy.
      #expect(abs(change.meanShift - 1.055213685574647) < 1e-6)
      #expect(try abs(#require(change.deviationRatio) - 2.3218450988840655) < 1e-6)
      #expect(change.filledSteps.isEmpty && change.ignoredSteps == 0)
    }
  }

  @Test("refuses records of other, unknown or several sets of parameters")
  func refused() throws {
    let model = try OneNormalization.model()
    let digest = model.parametersDigest
    let own = try updates(digest, ([0, 0], [1, 1], [2]))
    let foreign = try updates(Self.other, ([0, 0], [1, 1], [2]))
    let unknown = try updates(nil, ([0, 0], [1, 1], [2]))
    let averaging = StatisticAveraging()
    #expect(StatisticAveraging.regime(of: foreign, in: model) == .differentParameters(sets: 1))
    #expect(try StatisticAveraging.regime(of: own.union(foreign), in: model) == .differentParameters(sets: 2))
    #expect(StatisticAveraging.regime(of: own, in: try model.withOtherParameters()) == .differentParameters(sets: 1))
    expectStatisticsError(.differentParameters, mentioning: "other parameters than") {
      try averaging.apply(foreign, to: model)
    }
    expectStatisticsError(.differentParameters, mentioning: "unknown parameters") {
      try averaging.apply(unknown, to: model)
    }
    expectStatisticsError(.differentParameters, mentioning: "2 different sets") {
      try averaging.apply(own.union(foreign), to: model)
    }
    expectStatisticsError(.neverObserved, mentioning: "no update records") {
      try averaging.apply(UpdateSet(), to: model)
    }
  }

  @Test("makes a prior if that is allowed, and marks it stale")
  func prior() throws {
    let model = try OneNormalization.model()
    let own = try updates(model.parametersDigest, ([0, 0], [1, 1], [2]))
    let foreign = try updates(Self.other, ([4, 2], [1, 1], [2]))
    let unknown = try updates(nil, ([4, 2], [1, 1], [2]))
    for (set, digest) in [(foreign, Self.other), (unknown, nil), (try own.union(foreign), nil)] {
      let result = try StatisticAveraging(allowsPrior: true).apply(set, to: model).model
      #expect(try result.state() == .stale)
      #expect(try result.origin().parametersDigest == digest)
    }
    #expect(try StatisticAveraging(allowsPrior: true).apply(own.union(foreign), to: model).model.mean() == [2, 1])
    #expect(try StatisticAveraging(allowsPrior: true).apply(own, to: model).model.state() == .estimated)
  }

  @Test(
    "each method gives its formula's numbers",
    arguments: [
      // The means are 0 and 4, the deviations 1.5 and 0.5 (variances 2 and 0), with 1 and 3 observations.
      (Estimator.pooled, 3.0, root(3.75)), (.meanOfDeviations, 2, 1), (.meanOfVariances, 2, root(1.25)),
      (.movingAverage(smoothingFactor: 0.25), 1, 1.25),
    ])
  func methods(estimator: Estimator, mean: Double, deviation: Double) throws {
    let model = try OneNormalization.model()
    let set = try updates(model.parametersDigest, ([0, 0], [1.5, 1.5], [1]), ([4, 4], [0.5, 0.5], [3]))
    let result = try StatisticAveraging(estimator).apply(set, to: model).model
    #expect(try result.mean() == [mean, mean])
    #expect(try result.deviation() == [deviation, deviation])
    #expect(try result.origin().estimator == .estimator(estimator.name))
  }

  @Test("weights multiply the counts of records")
  func weights() throws {
    let model = try OneNormalization.model()
    let set = try updates(model.parametersDigest, ([0, 0], [1.5, 1.5], [1]), ([4, 4], [0.5, 0.5], [3]))
    let weights = Dictionary(uniqueKeysWithValues: zip(set.records.map(\.identity), [3.0, 1.0]))
    let result = try StatisticAveraging(weights: weights).apply(set, to: model).model
    // Equal shares: mean 2, variance (2 + 0)/2 + 4.
    #expect(try result.mean() == [2, 2])
    #expect(try result.deviation() == [root(5.25), root(5.25)])
    #expect(try result.origin().observationCounts == [4])
    expectStatisticsError(.invalidOption, mentioning: "weights") {
      try StatisticAveraging(.meanOfVariances, weights: weights).apply(set, to: model)
    }
  }

  @Test("a moving average starts at estimated statistics, and not at the initial 0 and 1")
  func movingAverageStart() throws {
    let fresh = try OneNormalization.model()
    let digest = fresh.parametersDigest
    let set = try updates(digest, ([4, 4], [2, 2], [3]))
    let averaging = StatisticAveraging(.movingAverage(smoothingFactor: 0.25))
    #expect(try averaging.apply(set, to: fresh).model.mean() == [4, 4])
    let estimated = try fresh.estimated(mean: [0, 8], deviation: [1, 6], counts: [100], digest: digest)
    let (result, changes, _) = try averaging.apply(set, to: estimated)
    #expect(try result.mean() == [1, 7])
    #expect(try result.deviation() == [1.25, 5])
    #expect(try result.state() == .estimated)
    #expect((changes[0].countBefore, changes[0].countAfter) == (100, 3))
    // A pooled estimate does not depend on the earlier values.
    #expect(try StatisticAveraging().apply(set, to: estimated).model.mean() == [4, 4])
  }

  @Test("a moving average that starts at stale statistics is stale")
  func movingAverageFromStale() throws {
    let fresh = try OneNormalization.model()
    let set = try updates(fresh.parametersDigest, ([4, 4], [2, 2], [3]))
    for digest in [Self.other, nil] {
      let stale = try fresh.estimated(mean: [0, 8], deviation: [1, 6], counts: [100], digest: digest)
      let result = try StatisticAveraging(.movingAverage(smoothingFactor: 0.25)).apply(set, to: stale).model
      #expect(try result.state() == .stale)
      #expect(try result.origin().parametersDigest == nil)
      #expect(try StatisticAveraging().apply(set, to: stale).model.state() == .estimated)
    }
  }

  @Test("bricks without records stay unchanged")
  func untouchedBricks() throws {
    let network = BatchNormalizedMLP(
      activations: [nil, nil], dimensions: [2, 2, 2], normalization: BatchNormalization(epsilon: 0.25))
    let model = try Model(network, input: .features(2), scalar: .float64, seed: 1)
    let bricks = model.normalizationStatistics.map(\.path)
    #expect(bricks.count == 2)
    let before = try model.estimated(
      mean: [5, 6], deviation: [7, 8], counts: [9], digest: Self.other, brick: bricks[0])
    let set = try updates(model.parametersDigest, ([4, 2], [1, 1], [2]), brick: bricks[1])
    let (result, changes, _) = try StatisticAveraging().apply(set, to: before)
    #expect(try result.mean(bricks[0]) == [5, 6])
    #expect(try result.origin(bricks[0]) == before.origin(bricks[0]))
    #expect(try result.mean(bricks[1]) == [4, 2])
    #expect(changes.map(\.brick) == bricks)
    #expect((changes[0].countBefore, changes[0].countAfter, changes[0].recordCount) == (9, 0, 0))
    #expect((changes[0].meanShift, changes[0].deviationRatio) == (0, 1))
    #expect(changes[1].countAfter == 2)
  }

  @Test("records that do not fit the model are conflicts with a reason")
  func conflicts() throws {
    let model = try OneNormalization.model()
    let digest = model.parametersDigest
    func refuse(_ set: UpdateSet, _ text: String, _ target: Model? = nil) {
      expectStatisticsError(.conflict, mentioning: text) {
        try StatisticAveraging(allowsPrior: true).apply(set, to: target ?? model)
      }
    }
    refuse(
      try updates(digest, ([0, 0], [1, 1], [2]), brick: "/other"), "/other: the records belong to a normalization")
    refuse(try updates(digest, ([0, 0, 0], [1, 1, 1], [2])), "shape 3, but the model's statistics have the shape 2")
    refuse(try updates(digest, ([0, 0], [1, 1], [2]), epsilon: 0.5), "epsilon 0.5, but the model has 0.25")
    refuse(
      try updates(digest, ([0, 0], [1, 1], [2]), steps: true), "a time axis, but the model's statistics have none")
    refuse(
      try updates(digest, ([0, 0], [1, 1], [2])), "no time axis, but the model's statistics have one",
      try OneNormalization.model(timeSteps: 3))
    refuse(try updates(digest, ([0, 0], nil, [2])), "means only, but the model needs both")
    refuse(try updates(digest, ([0, 0], [1, 1], [2])).keeping([.standardDeviation]), "standard deviations only")
    refuse(
      try updates(digest, ([0, 0], [1, 1], [2])), "only subtracts the mean",
      try OneNormalization.model(meanOnly: true))
  }

  @Test("changes only the mean for records of means, and states the shift in absolute units")
  func meanOnly() throws {
    let model = try OneNormalization.model(meanOnly: true)
    let (result, changes, _) = try StatisticAveraging().apply(
      updates(model.parametersDigest, ([0, 2], nil, [1]), ([4, 2], nil, [3])), to: model)
    #expect(try result.mean() == [3, 2])
    #expect(changes[0].meanShift == 2.5)
    #expect(changes[0].deviationRatio == nil)
  }
}
