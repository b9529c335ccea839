import ComputationGraphs
import Platform
import Tensors

/// The effect of an estimation on the population statistics of one normalization.
public struct StatisticChange: Hashable, Sendable {
  /// The brick's path.
  public let brick: Name
  /// The number of observations before (the largest over time steps); 0 if the statistics were never estimated.
  public let countBefore: Int64
  /// The number of observations now; 0 if there were no records of the normalization, so that it stayed unchanged.
  public let countAfter: Int64
  /// The number of records used.
  public let recordCount: Int
  /// The mean of |μ after − μ before| / σ after over elements; in absolute units if only the mean is subtracted.
  public let meanShift: Double
  /// The geometric mean of σ after / σ before over elements; nil if only the mean is subtracted.
  public let deviationRatio: Double?
  /// The time steps that no record observed. They took the values of a neighbouring step.
  public let filledSteps: [Int]
  /// The number of time steps in the records after the model's last step.
  public let ignoredSteps: Int
}

extension PopulationModel {
  /// Writes an estimate into the statistics of a normalization. Without an estimate, they stay unchanged.
  mutating func adopt(
    _ estimate: Estimate?, for brick: NormalizationStatistics, ignoredSteps: Int
  ) throws -> StatisticChange {
    let countsBefore = origins[brick.mean]?.observationCounts ?? []
    guard let estimate, let mean = estimate.mean else {
      return StatisticChange(
        brick: brick.path, countBefore: countsBefore.max() ?? 0, countAfter: 0, recordCount: 0, meanShift: 0,
        deviationRatio: brick.standardDeviation.map { _ in 1 }, filledSteps: [], ignoredSteps: 0)
    }
    let before = try StatisticsInUse(self, brick)
    let origin = try origin(of: estimate, for: brick)
    func set(_ path: TensorPath, _ values: [Double]) throws {
      let current = try tensor(path)
      try setStatistic(
        path, to: Tensor(values, shape: current.shape).converted(to: current.type), origin: origin)
    }
    try set(brick.mean, mean)
    if let path = brick.standardDeviation, let values = estimate.standardDeviation { try set(path, values) }
    let after = try StatisticsInUse(self, brick)
    return StatisticChange(
      brick: brick.path, countBefore: countsBefore.max() ?? 0, countAfter: origin.observationCounts.max() ?? 0,
      recordCount: estimate.recordCount, meanShift: after.meanShift(from: before),
      deviationRatio: after.deviationRatio(to: before), filledSteps: estimate.filledSteps, ignoredSteps: ignoredSteps)
  }

  private func origin(of estimate: Estimate, for brick: NormalizationStatistics) throws -> StatisticOrigin {
    var counts = estimate.counts
    var digests = Set(estimate.parametersDigests)
    if estimate.estimator.smoothingFactor != nil {
      let initial = try populationValues(of: brick)
      if !initial.isNeverObserved { digests.insert(origins[brick.mean]?.parametersDigest) }
      // A step without records keeps its values, and so its count.
      for step in counts.indices where counts[step] == 0 && !estimate.filledSteps.contains(step) {
        counts[step] = initial.counts[step]
      }
    }
    let digest = digests.count == 1 ? digests.first.flatMap { $0 } : nil
    return StatisticOrigin(
      epsilon: estimate.epsilon, observationCounts: counts, estimator: .estimator(estimate.estimator.name),
      records: estimate.recordCount, parametersDigest: digest)
  }
}

/// The statistics that inference uses, estimated or not.
private struct StatisticsInUse {
  let mean: [Double]
  let standardDeviation: [Double]?

  init(_ model: some PopulationModel, _ brick: NormalizationStatistics) throws(GraphError) {
    mean = try model.tensor(brick.mean).doubles
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
