import ComputationGraphs
import Platform
import Tensors

/// The effect of an estimation on the population statistics of one normalization.
public struct StatisticChange: Hashable, Sendable {
  /// The brick's path.
  public let brick: Name
  /// The number of observations before the estimation; 0 if the statistics were never estimated. If time steps have different
  /// numbers, this is the largest.
  public let countBefore: Int64
  /// The same number after the estimation; 0 if the normalization had no records and stayed unchanged.
  public let countAfter: Int64
  /// The number of records used.
  public let recordCount: Int
  /// The mean over elements of |μ after − μ before| / σ after; if only the mean is subtracted, of |μ after − μ before|.
  public let meanShift: Double
  /// The geometric mean over elements of σ after / σ before; nil if only the mean is subtracted.
  public let deviationRatio: Double?
  /// The time steps that no record observed. They have the values of a neighbouring step.
  public let filledSteps: [Int]
  /// The number of time steps of the records that come after the model's last step. They were left out.
  public let ignoredSteps: Int
}

extension StatisticChange {
  /// The description of statistics that did not change.
  init(keeping statistics: StatisticsInUse, of brick: NormalizationStatistics) {
    self.init(
      brick: brick.path, countBefore: statistics.count, countAfter: 0, recordCount: 0, meanShift: 0,
      deviationRatio: brick.standardDeviation.map { _ in 1 }, filledSteps: [], ignoredSteps: 0)
  }

  /// The change that an estimate makes.
  init(
    from before: StatisticsInUse, to after: StatisticsInUse, of brick: NormalizationStatistics, _ estimate: Estimate,
    ignoredSteps: Int
  ) {
    self.init(
      brick: brick.path, countBefore: before.count, countAfter: after.count, recordCount: estimate.recordCount,
      meanShift: after.meanShift(from: before), deviationRatio: after.deviationRatio(to: before),
      filledSteps: estimate.filledSteps, ignoredSteps: ignoredSteps)
  }
}

/// The statistics that inference uses, even if they were never estimated.
struct StatisticsInUse {
  private let mean: [Double]
  private let standardDeviation: [Double]?
  /// The number of observations, the largest over time steps; 0 if the statistics were never estimated.
  let count: Int64

  init(_ model: some PopulationModel, _ brick: NormalizationStatistics) throws(GraphError) {
    mean = try model.tensor(brick.mean).doubles
    count = model.origins[brick.mean]?.observationCounts.max() ?? 0
    standardDeviation = try brick.standardDeviation.map { (path) throws(GraphError) in try model.tensor(path).doubles }
  }

  func meanShift(from other: StatisticsInUse) -> Double {
    guard !mean.isEmpty else { return 0 }
    let sum = mean.indices.reduce(0.0) { $0 + abs(mean[$1] - other.mean[$1]) / (standardDeviation?[$1] ?? 1) }
    return sum / Double(mean.count)
  }

  func deviationRatio(to other: StatisticsInUse) -> Double? {
    guard let standardDeviation, let otherDeviation = other.standardDeviation else { return nil }
    guard !standardDeviation.isEmpty else { return 1 }
    let sum = zip(standardDeviation, otherDeviation).reduce(0.0) { $0 + log($1.0 / $1.1) }
    return exp(sum / Double(standardDeviation.count))
  }
}
