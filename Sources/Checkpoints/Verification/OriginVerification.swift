import ComputationGraphs
import PopulationStatistics
import Tensors

/// Checks the origins of population statistics with the table only.
struct OriginVerification {
  private(set) var findings: [Finding] = []
  private let ownParameters: Digest?

  init(_ contents: Contents, _ normalizations: [NormalizationStatistics], isSound: (Contents.Entry) -> Bool) {
    ownParameters = contents.parametersDigest
    var pending: [Name: StatisticOrigin] = [:]
    for entry in contents.tensors where isSound(entry) { pending[entry.path] = entry.statistic?.origin }
    for normalization in normalizations {
      guard let mean = pending[normalization.mean.datasetPath] else { continue }
      if let path = normalization.standardDeviation?.datasetPath {
        guard let deviation = pending[path] else { continue }
        guard mean == deviation else {
          if mean.observationCounts != deviation.observationCounts
            || mean.parametersDigest != deviation.parametersDigest
          {
            findings.append(
              Finding(
                .warning, .origin, normalization.path,
                "its mean and standard deviation come from different observations; estimate both again"))
          }
          continue
        }
        pending[path] = nil
      }
      pending[normalization.mean.datasetPath] = nil
      verify(mean, at: normalization.path)
    }
    for (path, origin) in pending { verify(origin, at: path) }
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
        add(.error, .origin, "was never estimated, and names the estimator \"\(origin.estimator)\" instead of none")
      }
      if origin.records > 0 { add(.error, .origin, "was never estimated, and claims \(origin.records) records") }
      if origin.parametersDigest != nil {
        add(.error, .origin, "was never estimated, and names parameters that it was estimated with")
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
