import ComputationGraphs
import Tensors

extension PopulationModel {
  /// Sets the statistics of a normalization to an estimate, and records their origin.
  ///
  /// - Throws: `GraphError` if type or shape do not fit.
  mutating func setStatistics(of brick: NormalizationStatistics, to estimate: Estimate) throws {
    let origin = try origin(of: estimate, for: brick)
    let values =
      [(brick.mean, estimate.mean)] + (brick.standardDeviation.map { [($0, estimate.standardDeviation)] } ?? [])
    for (path, values) in values {
      guard let values else { continue }
      let current = try tensor(path)
      try setStatistic(path, to: Tensor(values, shape: current.shape).converted(to: current.type), origin: origin)
    }
  }

  /// Sets the statistics of a normalization to an estimate, if there is one, and returns the change.
  ///
  /// - Throws: `StatisticsError` with code `.zeroDeviation` for a deviation of 0; the errors of `setStatistics(of:to:)`.
  mutating func replaceStatistics(
    of brick: NormalizationStatistics, by estimate: Estimate?, ignoredSteps: Int
  ) throws -> StatisticChange {
    let before = try StatisticsInUse(self, brick)
    guard let estimate, estimate.mean != nil else { return StatisticChange(keeping: before, of: brick) }
    try estimate.checkDeviations()
    try setStatistics(of: brick, to: estimate)
    return StatisticChange(
      from: before, to: try StatisticsInUse(self, brick), of: brick, estimate, ignoredSteps: ignoredSteps)
  }

  private func origin(of estimate: Estimate, for brick: NormalizationStatistics) throws -> StatisticOrigin {
    var counts = estimate.counts
    var digests = Set(estimate.parametersDigests)
    if estimate.estimator.smoothingFactor != nil {
      let initial = try populationValues(of: brick)
      if !initial.isNeverObserved { digests.insert(origins[brick.mean]?.parametersDigest) }
      // A step without records keeps its values, so it also keeps its count.
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
