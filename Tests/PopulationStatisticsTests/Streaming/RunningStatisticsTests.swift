import Bricks
import Foundation
import Names
import PopulationStatistics
import Testing

/// Batches, and the running statistics that PyTorch or Keras keeps of them; see tools/fixtures/statistics/running.py.
struct RunningCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let framework: String
  let smoothingFactor: Double
  let epsilon: Double
  let shape: [Int]
  let batches: [String]
  let firstCount: Int
  let firstMean: String
  let firstVariance: String
  let mean: String
  let variance: String

  var testDescription: String { name }

  static let all: [RunningCase] = fixture("running.json")

  /// The method that keeps these statistics.
  var estimator: Estimator {
    .movingVariance(smoothingFactor: smoothingFactor, besselCorrection: framework == "PyTorch")
  }

  func model() throws -> Model {
    let normalization = BatchNormalization(
      broadcastable: [false, true, true].dropLast(3 - shape.count), epsilon: epsilon)
    return try Model(
      normalization, input: ModelInput(name: "x", shape: shape), scalar: .float64, seed: 1)
  }

  func inputs(_ range: Range<Int>) throws -> [[Name: Tensor]] {
    try batches[range].map { batch in
      let values = numbers(batch)
      return ["x": try Tensor(values, shape: Shape([values.count / shape.reduce(1, *)] + shape))]
    }
  }

  /// Expects the statistics of a model to be a running mean and variance, to the rounding of the framework: Keras's layer computes
  /// in single precision.
  func expect(_ model: Model, mean: String, variance: String) throws {
    let tolerance = framework == "Keras" ? 5e-7 : 1e-12
    let found = try model.mean() + model.deviation().map { $0 * $0 - epsilon }
    let expected = numbers(mean) + numbers(variance)
    try #require(found.count == expected.count)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= tolerance * (1 + abs(expected))) }
  }
}

@Suite("The running statistics of other frameworks")
struct RunningStatisticsTests {
  @Test("equal those of a pass with moving-variance, from the start", arguments: RunningCase.all)
  func streamed(_ running: RunningCase) throws {
    var recalibration = try Recalibration(running.model(), running.estimator)
    for batch in try running.inputs(0..<running.batches.count) { try recalibration.observe(batch) }
    try running.expect(recalibration.recalibrated().model, mean: running.mean, variance: running.variance)
  }

  @Test("continue from statistics that were estimated before", arguments: RunningCase.all)
  func continued(_ running: RunningCase) throws {
    var first = try Recalibration(running.model(), running.estimator)
    for batch in try running.inputs(0..<running.firstCount) { try first.observe(batch) }
    let model = try first.recalibrated().model
    try running.expect(model, mean: running.firstMean, variance: running.firstVariance)
    var rest = try Recalibration(model, running.estimator)
    for batch in try running.inputs(running.firstCount..<running.batches.count) { try rest.observe(batch) }
    try running.expect(rest.recalibrated().model, mean: running.mean, variance: running.variance)
  }

  @Test("equal the average of recorded pairs with moving-variance, in any order", arguments: RunningCase.all)
  func recorded(_ running: RunningCase) throws {
    let model = try running.model()
    var pass = try PopulationPass(model)
    for batch in try running.inputs(0..<running.batches.count) { try pass.observe(batch) }
    let averaged = try StatisticAveraging(running.estimator).apply(
      UpdateSet(pass.records.reversed()), to: model)
    try running.expect(averaged.model, mean: running.mean, variance: running.variance)
  }

  @Test("differ from those of the other framework, which corrects variances differently", arguments: RunningCase.all)
  func otherFramework(_ running: RunningCase) throws {
    let other = Estimator.movingVariance(
      smoothingFactor: running.smoothingFactor, besselCorrection: running.framework == "Keras")
    var recalibration = try Recalibration(running.model(), other)
    for batch in try running.inputs(0..<running.batches.count) { try recalibration.observe(batch) }
    let variances = try recalibration.recalibrated().model.deviation().map { $0 * $0 - running.epsilon }
    for (found, expected) in zip(variances, numbers(running.variance)) { #expect(abs(found / expected - 1) > 1e-3) }
  }

  @Test("have no Bessel correction for a single observation")
  func singleObservation() throws {
    let only = try record("a", mean: [1], deviation: [1], [1])
    let estimator = Estimator.movingVariance(smoothingFactor: 0.1, besselCorrection: true)
    expectStatisticsError(.invalidValues, mentioning: "no unbiased variance") {
      try Estimation(estimator).estimate(brick: "/norm", in: UpdateSet([only]))
    }
  }
}
