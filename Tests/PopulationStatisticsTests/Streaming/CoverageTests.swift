import Bricks
import Foundation
import Testing

@testable import PopulationStatistics

/// Repeated estimations from data whose mean and deviation are known: how often are these within 1.96 standard errors?
@Suite("The standard errors of a recalibration")
struct CoverageTests {
  /// The source of observations: a mean, a standard deviation, and a function that draws a batch.
  struct Source: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let mean: Double
    let deviation: Double
    let isIndependent: Bool
    let batch: @Sendable (_ size: Int, _ generator: inout SeededGenerator) -> [Double]
  }

  static let sources = [
    Source(testDescription: "normal numbers", mean: 2, deviation: 3, isIndependent: true) { size, generator in
      (0..<size).map { _ in 2 + 3 * generator.normal() }
    },
    Source(testDescription: "uniform numbers", mean: 0, deviation: (4.0 / 3).squareRoot(), isIndependent: true) {
      size, generator in (0..<size).map { _ in .random(in: -2..<2, using: &generator) }
    },
    // Variance 1 between batches and 0.25 within.
    Source(
      testDescription: "numbers that depend on each other within a batch", mean: -1, deviation: 1.25.squareRoot(),
      isIndependent: false
    ) { size, generator in
      let shared = generator.normal()
      return (0..<size).map { _ in -1 + shared + 0.5 * generator.normal() }
    },
  ]

  /// 400 replications of 64 batches: 40 features that have nothing to do with each other, ten times.
  private static let features = 40
  private static let repetitions = 10
  private static let batches = 64

  @Test("cover the true values in 95 % of 400 cases, up to chance", arguments: sources)
  func coverage(_ source: Source) throws {
    var generator = SeededGenerator(seed: 2024)
    let model = try Model(
      BatchNormalization([Self.features], epsilon: 1e-4), input: .features(Self.features), scalar: .float64, seed: 1)
    let truth = (source.deviation * source.deviation + 1e-4).squareRoot()
    var covered = (mean: 0, deviation: 0, independentMean: 0)
    for _ in 0..<Self.repetitions {
      var recalibration = try Recalibration(model)
      for number in 0..<Self.batches {
        let size = 6 + number % 5
        let columns = (0..<Self.features).map { _ in source.batch(size, &generator) }
        try recalibration.observe(["features": matrix((0..<size).map { row in columns.map { $0[row] } })])
      }
      let errors = try #require(recalibration.running[0].errors(at: 0))
      let recalibrated = try recalibration.recalibrated().model
      let (means, deviations) = (
        try recalibrated.mean("/batchnormalization"), try recalibrated.deviation("/batchnormalization")
      )
      let count = Double(try recalibrated.origin("/batchnormalization").observationCounts[0])
      for (feature, error) in errors.enumerated() {
        let off = abs(means[feature] - source.mean)
        if off <= 1.96 * error.mean { covered.mean += 1 }
        if abs(deviations[feature] - truth) <= 1.96 * error.standardDeviation { covered.deviation += 1 }
        if off <= 1.96 * deviations[feature] / count.squareRoot() { covered.independentMean += 1 }
      }
      // The report has the greatest of them in units of the deviation.
      let reported = try #require(recalibration.standardErrors)[0]
      #expect(reported.mean == zip(errors, deviations).map { $0.mean / $1 }.max())
      #expect(reported.standardDeviation == zip(errors, deviations).map { $0.standardDeviation / $1 }.max())
    }
    // The binomial distribution with p = 0.95 and n = 400 has the mean 380 and the deviation 4.4. For 64 batches, the mean is about 378.
    let expected = 364...394
    #expect(expected.contains(covered.mean))
    #expect(expected.contains(covered.deviation))
    // An estimate that treats all observations as independent misses the true value if they are not.
    #expect(expected.contains(covered.independentMean) == source.isIndependent)
  }
}

extension SeededGenerator {
  /// Standard normal, by the polar method.
  mutating func normal() -> Double {
    while true {
      let (first, second) = (Double.random(in: -1..<1, using: &self), Double.random(in: -1..<1, using: &self))
      let square = first * first + second * second
      guard square > 0, square < 1 else { continue }
      return first * (-2 * log(square) / square).squareRoot()
    }
  }
}
