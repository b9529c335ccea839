import Bricks
import PopulationStatistics
import Testing

/// The drift of stored statistics from data, against hand calculations.
@Suite("The drift of statistics from data")
struct StatisticDriftTests {
  /// A normalization of two channels whose stored statistics are given.
  private func model(mean: [Float], deviation: [Float]) throws -> Model {
    var model = try Model(BatchNormalization(epsilon: 0.25), input: .features(2), seed: 1)
    let brick = model.normalizationStatistics[0]
    let origin = StatisticOrigin(
      epsilon: 0.25, observationCounts: [100], estimator: .estimator("pooled"), records: 4, parametersDigest: nil)
    try model.setStatistic(brick.mean, to: Tensor(mean, shape: [2]), origin: origin)
    let path = try #require(brick.standardDeviation)
    try model.setStatistic(path, to: Tensor(deviation, shape: [2]), origin: origin)
    return model
  }

  /// Ten batches of 40 examples. Channel 0 has mean 3 and variance 1.25 exactly in every batch, channel 1 alternates around 0.
  private func recalibration(_ model: Model) throws -> Recalibration {
    var recalibration = try Recalibration(model)
    for batch in 0..<10 {
      let shift: Float = batch.isMultiple(of: 2) ? 0.1 : -0.1
      let numbers = (0..<40).flatMap { example -> [Float] in
        let level = Float(example % 4)
        return [level + 1.5, level - 1.5 + shift]
      }
      try recalibration.observe([model.graph.inputs[0].name: Tensor(numbers, shape: [40, 2])])
    }
    return recalibration
  }

  @Test("is 0 if the stored statistics are those of the data") func none() throws {
    // σ = √(1.25 + 0.25); channel 1 has the variance 1.25 + 0.1².
    let right = try model(mean: [3, 0], deviation: [Float(1.5).squareRoot(), Float(1.51).squareRoot()])
    let drift = try recalibration(right).drift()[0]
    #expect(abs(drift.mean.value) < 1e-6 && abs(drift.standardDeviation?.value ?? 1) < 1e-6)
    #expect(!drift.exceeds(1e-5))
    #expect(drift.observationCount == 400 && drift.batchCount == 10)
    #expect(drift.unobservedSteps.isEmpty)
  }

  @Test("is (μ data − μ stored) / σ data, and the logarithm of the σ-ratio, each at its channel") func values() throws {
    let wrong = try model(mean: [2.5, 0], deviation: [Float(1.5).squareRoot(), 2 * Float(1.51).squareRoot()])
    let drift = try recalibration(wrong).drift()[0]
    #expect(abs(drift.mean.value - 0.5 / 1.5.squareRoot()) < 1e-6)
    #expect(drift.mean.channel == 0 && drift.mean.step == nil && drift.mean.isSignificant)
    let ratio = try #require(drift.standardDeviation)
    #expect(abs(ratio.value + 0.6931471805599453) < 1e-6)
    #expect(ratio.channel == 1 && ratio.isSignificant)
    #expect(drift.exceeds(0.5) && !drift.exceeds(0.7))
    #expect(abs(drift.greatest - 0.6931471805599453) < 1e-6)
  }

  @Test("has the standard error of batch means, below which a difference is not significant") func errors() throws {
    // The means of channel 1 are ±0.1: SE = √(10/9 · Σ (1/10)² · 0.1²) = 0.1 / 3, and 0.05 is only 1.5 of them.
    let near = try model(mean: [3, 0.05], deviation: [Float(1.5).squareRoot(), Float(1.51).squareRoot()])
    let drift = try recalibration(near).drift()[0]
    #expect(drift.mean.channel == 1 && !drift.mean.isSignificant)
    #expect(abs(drift.mean.standardError - 0.1 / 3 / 1.51.squareRoot()) < 1e-6)
    // σ has no error in these batches, so only its rounding is left.
    #expect(!drift.exceeds(1e-6) && drift.greatest < 1e-6)
  }

  @Test("needs two batches for standard errors") func oneBatch() throws {
    var recalibration = try Recalibration(model(mean: [0, 0], deviation: [1, 1]))
    try recalibration.observe([
      recalibration.model.graph.inputs[0].name: Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    ])
    let error = #expect(throws: StatisticsError.self) { _ = try recalibration.drift() }
    #expect(error?.code == .invalidOption)
  }
}
