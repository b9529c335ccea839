import Bricks
import Foundation
import Testing

@testable import PopulationStatistics

/// The rule that tells drift from chance. The quantiles are scipy.stats.t.isf(0.001 / m / 2, K − 1).
@Suite("The significance of drift")
struct DriftSignificanceTests {
  @Test(
    "is Bonferroni's share of the t distribution, and at least 5 standard errors",
    arguments: [
      (532, 2, 338681.7188985691), (532, 3, 729.382272886084), (532, 4, 105.45826090259696),
      (532, 8, 14.372100853148245),
      (532, 12, 9.100695176607989), (532, 50, 5.408570135385364), (532, 200, 5), (2, 4, 16.3263346098025), (2, 12, 5),
    ])
  func limit(_ comparisons: Int, _ batches: Int, _ expected: Double) {
    let limit = DriftSignificance(comparisonCount: comparisons).errorCount(batches: batches)
    #expect(abs(limit / expected - 1) < 1e-10)
  }

  private static let features = 20

  /// A model whose stored statistics are right for normal numbers with mean 2 and deviation 3, except for a shift of one mean.
  private func model(shift: Double) throws -> Model {
    var model = try Model(
      BatchNormalization([Self.features], epsilon: 1e-4), input: .features(Self.features), scalar: .float64, seed: 1)
    let brick = model.normalizationStatistics[0]
    let origin = StatisticOrigin(
      epsilon: 1e-4, observationCounts: [1000], estimator: .estimator("pooled"), records: 4, parametersDigest: nil)
    var means = [Double](repeating: 2, count: Self.features)
    means[7] += shift
    try model.setStatistic(brick.mean, to: Tensor(means, shape: [Self.features]), origin: origin)
    let deviation = try #require(brick.standardDeviation)
    let values = [Double](repeating: (9 + 1e-4).squareRoot(), count: Self.features)
    try model.setStatistic(deviation, to: Tensor(values, shape: [Self.features]), origin: origin)
    return model
  }

  private func drift(_ model: Model, batches: Int, _ generator: inout SeededGenerator) throws -> StatisticDrift {
    var recalibration = try Recalibration(model)
    for _ in 0..<batches {
      let rows = (0..<16).map { _ in (0..<Self.features).map { _ in 2 + 3 * generator.normal() } }
      try recalibration.observe(["features": matrix(rows)])
    }
    return try recalibration.drift()[0]
  }

  @Test("is almost never found for right statistics", arguments: [2, 3, 4, 8, 12]) func falseAlarms(_ batches: Int)
    throws
  {
    var generator = SeededGenerator(seed: 77)
    let right = try model(shift: 0)
    let drifts = try (0..<40).map { _ in try drift(right, batches: batches, &generator) }
    // Five standard errors alone gave alarms in most cases of few batches.
    #expect(drifts.count { $0.exceeds(0.01) } == 0)
    #expect(drifts.allSatisfy { $0.significance.comparisonCount == 40 })
    #expect(drifts.contains { $0.isUndecided(0.01) })
  }

  @Test("is found for wrong statistics, at their channel", arguments: [5, 8, 12]) func wrong(_ batches: Int) throws {
    // The standard error of a mean is about 1 / √(16 K): 0.11 with 5 batches. The limits are 20, 9.3 and 6.6 of them.
    var generator = SeededGenerator(seed: 78)
    let drift = try drift(model(shift: -15), batches: batches, &generator)
    #expect(drift.exceeds(3) && !drift.isUndecided(3))
    #expect(drift.mean.channel == 7 && drift.mean.isSignificant && abs(drift.mean.value - 5) < 1)
  }

  @Test("needs more than two batches, and until then a great difference is undecided") func undecided() throws {
    var generator = SeededGenerator(seed: 79)
    let drift = try drift(model(shift: -15), batches: 2, &generator)
    #expect(!drift.exceeds(0.1) && drift.isUndecided(0.1))
    // The worst difference is the greatest one, although it is not significant.
    #expect(drift.mean.channel == 7 && !drift.mean.isSignificant)
    #expect(drift.mean.significantErrorCount > 1000)
  }
}
