import ComputationGraphs
import PopulationStatistics
import Tensors

/// A summary of a model's population statistics, for each normalization.
public struct StatisticsSummary: Hashable, Sendable, Encodable {
  /// One normalization.
  public struct Normalization: Hashable, Sendable, Encodable {
    /// The brick's path.
    public let brick: Name
    /// The state of the mean.
    public let state: StatisticState
    /// The method of estimation.
    public let estimator: String
    /// The number of minibatches that were used; 0 if unknown.
    public let records: Int
    /// Whether the file names the parameters that the statistics were estimated with.
    public let namesParameters: Bool
    /// The summary of the values over channels and time steps.
    public let series: StatisticSeries

    private enum CodingKeys: String, CodingKey {
      // JSON has only the state. `namesParameters` is needed for the text of reports.
      case brick, state, estimator, records, series
    }
  }

  /// The name of the file, as the caller gave it.
  public let file: String
  /// The normalizations in the order of the graph.
  public let normalizations: [Normalization]

  /// Reads a model's statistics.
  ///
  /// - Parameter stationaryTolerance: See `StatisticSeries.stationaryStep`.
  /// - Throws: `CheckpointError` for a file of update pairs, or if statistics differ from the table of contents.
  /// - Complexity: O(elements of the statistics) time; memory for the statistics of one normalization.
  public init(_ checkpoint: borrowing Checkpoint, stationaryTolerance: Double) throws(CheckpointError) {
    file = checkpoint.name
    var normalizations: [Normalization] = []
    for brick in try checkpoint.normalizations() {
      guard let entry = checkpoint.entry(brick.mean.datasetPath), let origin = entry.statistic?.origin else { continue }
      let deviation = brick.standardDeviation.flatMap { checkpoint.entry($0.datasetPath) }
      let mean = try checkpoint.read(entry).doubles
      let standardDeviation = try deviation.map { (entry) throws(CheckpointError) in try checkpoint.read(entry).doubles
      }
      guard standardDeviation?.count ?? mean.count == mean.count, !origin.observationCounts.isEmpty else {
        throw CheckpointError(
          .malformed, "its mean and standard deviation have different shapes, or it has no counts",
          file: checkpoint.name, object: brick.path)
      }
      let series = StatisticSeries(
        mean: mean, standardDeviation: standardDeviation, counts: origin.observationCounts,
        hasTimeSteps: brick.stepCount != nil, epsilon: origin.epsilon, stationaryTolerance: stationaryTolerance)
      let state = checkpoint.contents.parametersDigest.map(origin.state(besideParameters:)) ?? .stale
      normalizations.append(
        Normalization(
          brick: brick.path, state: state, estimator: origin.estimator.name, records: origin.records,
          namesParameters: origin.parametersDigest != nil, series: series))
    }
    self.normalizations = normalizations
  }
}
