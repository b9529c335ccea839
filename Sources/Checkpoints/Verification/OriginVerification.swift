import ComputationGraphs
import PopulationStatistics
import Tensors

/// Checks the origins of population statistics with nothing but the table of contents.
struct OriginVerification {
  private(set) var findings: [Finding] = []
  private let ownParameters: Digest?

  init(_ contents: Contents, _ normalizations: [NormalizationStatistics], isSound: (Contents.Entry) -> Bool) {
    ownParameters = contents.parametersDigest
    var entries: [Name: Contents.Entry] = [:]
    for entry in contents.tensors where isSound(entry) && entry.statistic != nil { entries[entry.path] = entry }
    var pending = entries.compactMapValues { $0.statistic?.origin }
    for normalization in normalizations {
      guard let mean = entries[normalization.mean.datasetPath], let origin = mean.statistic?.origin else { continue }
      if let path = normalization.standardDeviation?.datasetPath {
        guard let deviation = entries[path] else { continue }
        if let problem = OriginVerification.difference(mean, deviation) {
          findings.append(Finding(.warning, .origin, normalization.path, problem))
        }
        guard mean.statistic == deviation.statistic else { continue }
        pending[path] = nil
      }
      pending[normalization.mean.datasetPath] = nil
      verify(origin, at: normalization.path)
    }
    for (path, origin) in pending { verify(origin, at: path) }
  }

  /// The contradiction between the entries of a mean and its standard deviation, in words; nil if they agree. Both are
  /// estimated together (schemas/STATISTICS.md, S5).
  private static func difference(_ mean: Contents.Entry, _ deviation: Contents.Entry) -> String? {
    if let (left, right) = mean.statistic.flatMap({ left in deviation.statistic.map { (left, $0) } }), left != right {
      guard
        left.observationCounts == right.observationCounts, left.parametersDigest == right.parametersDigest
      else {
        return "its mean and standard deviation come from different observations or parameters; estimate both again"
      }
      if left.estimator != right.estimator {
        return
          "its mean and standard deviation name different estimators, \(left.estimator) and \(right.estimator); estimate "
          + "both again"
      }
      return left.records != right.records
        ? "its mean and standard deviation come from \(left.records) and \(right.records) records; estimate both again"
        : "its mean and standard deviation have different epsilons, \(left.epsilon) and \(right.epsilon); estimate both again"
    }
    if mean.axes != deviation.axes {
      let axes = [mean, deviation].map { "[\($0.axes.joined(separator: ", "))]" }.joined(separator: " and ")
      return "the axes of its mean and standard deviation have different names: \(axes)"
    }
    return mean.broadcastable == deviation.broadcastable
      ? nil : "its mean and standard deviation are not broadcastable along the same axes"
  }

  private mutating func verify(_ origin: StatisticOrigin, at path: Name) {
    func add(_ severity: Finding.Severity, _ check: Finding.Check, _ message: String) {
      findings.append(Finding(severity, check, path, message))
    }
    let counts = origin.observationCounts
    guard counts.contains(where: { $0 > 0 }) else {
      add(
        .warning, .neverEstimated,
        "was never estimated: inference would use initial values")
      if origin.estimator != .notEstimated {
        add(.error, .origin, "was never estimated, but names the estimator \"\(origin.estimator)\"")
      }
      if origin.records > 0 { add(.error, .origin, "was never estimated, but claims \(origin.records) records") }
      if origin.parametersDigest != nil {
        add(.error, .origin, "was never estimated, but names parameters that it was estimated with")
      }
      return
    }
    if origin.estimator == .notEstimated {
      add(.error, .origin, "has \(counts.max() ?? 0) observations, but no estimator")
    }
    if let own = ownParameters, origin.state(besideParameters: own) == .stale {
      add(
        .warning, .stale,
        origin.parametersDigest == nil
          ? "is stale: estimated with unknown or mixed parameters"
          : "is stale: estimated with other parameters than the file's")
    }
    if origin.estimator == .trainingAverage {
      if let own = ownParameters, origin.state(besideParameters: own) == .trainingAverage {
        add(.note, .trainingAverage, "is a moving average that training kept, so it is approximate")
      }
      // Moving averages that come from other frameworks have no count of observations, so do not check the counts.
      return
    }
    let missing = counts.indices.filter { counts[$0] == 0 }
    if !missing.isEmpty {
      add(
        .note, .origin,
        "was never observed at \(missing.count) of \(counts.count) time steps, the first of them step \(missing[0])")
    }
    if let step = counts.firstIndex(of: 1) {
      let place = counts.count == 1 ? "" : " at time step \(step)"
      add(.warning, .origin, "has a single observation\(place), so its variance is 0")
    }
  }
}
