import Checkpoints
import ComputationGraphs

extension UpdateSource {
  /// The reason that a source gives no update pairs, to follow "because".
  var reasonForNoPairs: String {
    let estimators = outline?.origins.values.map(\.estimator) ?? []
    if estimators.contains(.trainingAverage) {
      return "no update pairs are recorded, and the statistics are training averages, whose number of observations is "
        + "unknown"
    }
    return estimators.isEmpty
      ? "no update pairs are recorded, and there are no population statistics"
      : "no update pairs are recorded, and the statistics were never estimated"
  }
}
