import ComputationGraphs
import Foundation
import Tensors
import Testing

@testable import PopulationStatistics

@Suite("Statistics that are estimated as they come")
struct RunningEstimateTests {
  static let cases = EstimatorCase.all.filter { fixture in
    fixture.type == "float64"
      && ["σ 1,", "one record", "ragged", "gaps", "many"].contains { fixture.name.contains($0) }
  }

  private static func estimators(_ fixture: EstimatorCase) throws -> [(name: String, Estimator)] {
    let factor = try #require(Double(fixture.smoothingFactor))
    return [
      ("pooled", .pooled), ("mean-of-deviations", .meanOfDeviations), ("mean-of-variances", .meanOfVariances),
      ("moving-average", .movingAverage(smoothingFactor: factor)),
      ("moving-variance", .movingVariance(smoothingFactor: factor)),
      ("moving-variance unbiased", .movingVariance(smoothingFactor: factor, besselCorrection: true)),
    ].filter { fixture.expected.methods[$0.0] != nil }
  }

  @Test("agree with 400-bit arithmetic to about the last digit, for every estimator", arguments: cases)
  func formulas(_ fixture: EstimatorCase) throws {
    let records = try fixture.updateRecords()
    let stepCount = fixture.expected.counts.count
    let brick = NormalizationStatistics(
      path: EstimatorCase.brick, epsilon: records[0].epsilon,
      mean: try TensorPath(.statistics, brick: EstimatorCase.brick, name: "population_mean"),
      standardDeviation: try TensorPath(.statistics, brick: EstimatorCase.brick, name: "population_stdev"),
      stepCount: fixture.steps ? stepCount : nil, exampleShape: [fixture.elements])
    let given = try fixture.initialValues()[EstimatorCase.brick]
    let size = stepCount * fixture.elements
    func padded(_ values: [Double]?) -> [Double] {
      (values ?? []) + [Double](repeating: 1, count: size - (values ?? []).count)
    }
    let initial = try StatisticValues(
      exampleShape: [fixture.elements], hasTimeSteps: fixture.steps, mean: padded(given?.mean),
      standardDeviation: padded(given?.standardDeviation),
      counts: (given?.counts ?? []) + [Int64](repeating: 0, count: stepCount - (given?.counts ?? []).count))
    for (name, estimator) in try Self.estimators(fixture) {
      var running = RunningEstimate(brick, estimator, initial: initial)
      // A moving average needs the order of recording. The other estimators do not depend on the order.
      for record in records.sorted(by: { ($0.sequence, $0.identity.batch) < ($1.sequence, $1.identity.batch) }) {
        try running.observe(record)
      }
      let estimate = try running.estimate(as: .float64, parametersDigest: EstimatorCase.digest)
      let expected = try #require(fixture.expected.methods[name])
      let means = numbers(try #require(expected["mean float64"]))
      let deviations = numbers(try #require(expected["stdev float64"]))
      try #require(estimate.mean?.count == means.count)
      for index in means.indices {
        let scale = abs(means[index]) + deviations[index]
        #expect(abs(try #require(estimate.mean)[index] - means[index]) <= 1e-13 * scale, "\(name)")
        #expect(
          abs(try #require(estimate.standardDeviation)[index] - deviations[index]) <= 1e-13 * scale, "\(name)")
      }
      #expect(estimate.counts == fixture.expected.counts)
      #expect(estimate.filledSteps == fixture.expected.filled)
      #expect(estimate.recordCount == records.count { !$0.values.isNeverObserved })
    }
  }

  @Test("are an error, not infinity, beyond single precision")
  func overflow() throws {
    let brick = try Self.brick(["population_mean", "population_stdev"])
    var running = RunningEstimate(brick, .pooled, initial: try Self.initial)
    try running.observe(Self.record(mean: 1e200, deviation: 1, count: 2, sequence: 0))
    #expect(try running.estimate(as: .float64, parametersDigest: EstimatorCase.digest).mean == [1e200])
    expectStatisticsError(.overflow, mentioning: "beyond the range of float32") {
      try running.estimate(as: .float32, parametersDigest: EstimatorCase.digest)
    }
  }

  @Test("need an observation, and counts within 64 bits")
  func counts() throws {
    var running = RunningEstimate(
      try Self.brick(["population_mean", "population_stdev"]), .pooled, initial: try Self.initial)
    expectStatisticsError(.neverObserved) { try running.estimate(as: .float64, parametersDigest: EstimatorCase.digest) }
    #expect(running.standardError == nil)
    try running.observe(Self.record(mean: 1, deviation: 1, count: .max, sequence: 0))
    expectStatisticsError(.overflow, mentioning: "more than 2⁶³ − 1") {
      try running.observe(Self.record(mean: 1, deviation: 1, count: 1, sequence: 1))
    }
  }

  static var initial: StatisticValues {
    get throws {
      try StatisticValues(exampleShape: [1], hasTimeSteps: false, mean: [0], standardDeviation: [1], counts: [0])
    }
  }

  static func brick(_ names: [Name], elements: Int = 1, epsilon: Double = 0) throws -> NormalizationStatistics {
    let paths = try names.map { try TensorPath(.statistics, brick: "/norm", name: $0) }
    return NormalizationStatistics(
      path: "/norm", epsilon: epsilon, mean: paths[0], standardDeviation: paths.count > 1 ? paths[1] : nil,
      stepCount: nil, exampleShape: [elements])
  }

  static func record(mean: Double, deviation: Double, count: Int64, sequence: Int) throws -> UpdateRecord {
    try UpdateRecord(
      identity: .init(brick: "/norm", batch: "\(sequence)", parametersDigest: nil), sequence: sequence, epsilon: 0,
      scalarType: .float64, exampleShape: [1], hasTimeSteps: false, mean: [mean], standardDeviation: [deviation],
      counts: [count])
  }
}
