import Platform
import Tensors

/// The drift of a normalization's stored statistics: their differences from the statistics of data, with standard errors.
///
/// The standard errors come from the differences between batches (see `Recalibration`). `DriftSignificance` decides whether a
/// difference is *significant*.
public struct StatisticDrift: Hashable, Sendable {
  /// The difference of one element.
  public struct Difference: Hashable, Sendable {
    /// The difference. It is above 0 if the value of the data is greater than the stored value. The greatest double stands for an
    /// infinite difference, which a deviation of 0 leads to.
    public let value: Double
    /// The standard error of the difference, in the same unit.
    public let standardError: Double
    /// The number of standard errors beyond which the difference is significant. It depends on the number of batches.
    public let significantErrorCount: Double
    /// The element of the statistics of one step, in row-major order.
    public let channel: Int
    /// The time step; nil if all steps share one set of statistics.
    public let step: Int?

    /// Whether the difference is too large to be explained by chance.
    public var isSignificant: Bool { abs(value) > significantErrorCount * standardError }

    /// Whether the difference is infinite.
    public var isInfinite: Bool { abs(value) == .greatestFiniteMagnitude }
  }

  /// The rule by which differences are significant. The normalizations of a model have the same rule.
  public let significance: DriftSignificance

  /// The brick's path.
  public let brick: Name
  /// The number of observations in the data. If time steps have different numbers, this is the largest.
  public let observationCount: Int64
  /// The number of batches.
  public let batchCount: Int
  /// The worst difference (μ data − μ stored) / σ data. If only the mean is subtracted, there is no division by σ.
  ///
  /// The worst difference is the greatest significant difference. If no difference is significant, it is the greatest difference.
  public let mean: Difference
  /// The worst difference log(σ data / σ stored), with σ = √(variance + ε); nil if only the mean is subtracted.
  public let standardDeviation: Difference?
  /// The time steps that the data did not reach.
  public let unobservedSteps: [Int]

  /// Whether a significant difference exceeds a bound.
  public func exceeds(_ bound: Double) -> Bool {
    [mean, standardDeviation].compactMap { $0 }.contains { $0.isSignificant && abs($0.value) > bound }
  }

  /// Whether a difference exceeds a bound, but can be explained by chance because there are too few batches.
  public func isUndecided(_ bound: Double) -> Bool {
    !exceeds(bound)
      && [mean, standardDeviation].compactMap { $0 }.contains { !$0.isSignificant && abs($0.value) > bound }
  }

  /// The greatest significant difference, without its sign; 0 if no difference is significant.
  public var greatest: Double {
    [mean, standardDeviation].compactMap { $0 }.filter(\.isSignificant).map { abs($0.value) }.max() ?? 0
  }
}

extension StatisticDrift.Difference {
  /// Whether this difference is worse than another. A significant difference is worse than one that is not significant. Otherwise,
  /// the greater difference is worse.
  fileprivate func isWorse(than other: StatisticDrift.Difference?) -> Bool {
    guard let other else { return true }
    guard isSignificant == other.isSignificant else { return isSignificant }
    return abs(value) > abs(other.value)
  }
}

extension RunningEstimate {
  /// The number of numbers that `drift` compares: the mean and the deviation of each element of each observed step.
  var comparisonCount: Int {
    counts.count { $0 > 0 } * exampleShape.elementCount * (brick.standardDeviation == nil ? 1 : 2)
  }

  /// The drift of stored statistics from the current estimate.
  ///
  /// - Parameters:
  ///   - mean: The stored means of all steps.
  ///   - standardDeviation: The stored deviations; nil if only the mean is subtracted.
  ///   - significance: The rule of the whole model.
  /// - Throws: `StatisticsError` with code `.neverObserved` if there was no observation, or `.invalidOption` if an observed step
  ///   has fewer than 2 batches, because a standard error needs at least 2.
  func drift(fromMean mean: [Double], standardDeviation: [Double]?, _ significance: DriftSignificance)
    throws(StatisticsError) -> StatisticDrift
  {
    var worst: (mean: StatisticDrift.Difference?, deviation: StatisticDrift.Difference?)
    let size = exampleShape.elementCount
    var errorCounts: [Int: Double] = [:]
    for step in counts.indices where counts[step] > 0 {
      guard let errors = errors(at: step) else {
        throw StatisticsError(
          .invalidOption,
          "\(brick.path): one batch gives no standard errors; use smaller batches, so that there are at least 2 batches"
        )
      }
      // Many steps have the same number of batches.
      let batches = batchCount(at: step)
      let errorCount = errorCounts[batches] ?? significance.errorCount(batches: batches)
      errorCounts[batches] = errorCount
      let place = brick.stepCount == nil ? nil : step
      for (channel, error) in errors.enumerated() {
        let index = step * size + channel
        let deviation = deviation(index, step)
        let shift = StatisticDrift.Difference(
          value: StatisticDrift.finite((estimatedMean(index) - mean[index]) / (deviation ?? 1)),
          standardError: error.mean == 0 ? 0 : error.mean / (deviation ?? 1), significantErrorCount: errorCount,
          channel: channel, step: place)
        if shift.isWorse(than: worst.mean) { worst.mean = shift }
        guard let deviation, let stored = standardDeviation?[index] else { continue }
        let ratio = StatisticDrift.Difference(
          value: StatisticDrift.finite(log(deviation / stored)),
          standardError: error.standardDeviation == 0 ? 0 : error.standardDeviation / deviation,
          significantErrorCount: errorCount, channel: channel, step: place)
        if ratio.isWorse(than: worst.deviation) { worst.deviation = ratio }
      }
    }
    guard let shift = worst.mean else {
      throw StatisticsError(.neverObserved, "\(brick.path): no data reached this normalization")
    }
    return StatisticDrift(
      significance: significance, brick: brick.path, observationCount: counts.max() ?? 0, batchCount: recordCount,
      mean: shift,
      standardDeviation: worst.deviation, unobservedSteps: counts.indices.filter { counts[$0] == 0 })
  }
}

extension StatisticDrift {
  /// The number, or the greatest double instead of infinity and NaN. A stored deviation of 0 or NaN leads to such numbers.
  fileprivate static func finite(_ value: Double) -> Double {
    value.isNaN ? .greatestFiniteMagnitude : max(-.greatestFiniteMagnitude, min(value, .greatestFiniteMagnitude))
  }
}

extension Recalibration {
  /// The drift of the model's stored statistics from the statistics of the data so far, in the order of the model.
  ///
  /// - Throws: `StatisticsError` with code `.neverObserved` if a normalization was not observed, or `.invalidOption` if there are
  ///   fewer than 2 batches or the estimator is not `pooled`.
  public func drift() throws -> [StatisticDrift] {
    let significance = DriftSignificance(comparisonCount: running.reduce(0) { $0 + $1.comparisonCount })
    return try running.map { estimate in
      let brick = estimate.brick
      return try estimate.drift(
        fromMean: model.tensor(brick.mean).doubles,
        standardDeviation: brick.standardDeviation.map { try model.tensor($0).doubles }, significance)
    }
  }
}
