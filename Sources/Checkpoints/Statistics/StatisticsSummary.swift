import ComputationGraphs
import PopulationStatistics
import Tensors

/// The population statistics of a model in numbers, normalization by normalization.
public struct StatisticsSummary: Hashable, Sendable, Encodable {
  /// One normalization.
  public struct Normalization: Hashable, Sendable, Encodable {
    /// The brick's path.
    public let brick: Name
    /// How far its mean can be trusted.
    public let state: StatisticState
    /// The method of estimation.
    public let estimator: String
    /// How many minibatches stand behind it; 0 where unknown.
    public let records: Int
    /// Its numbers over channels and time steps.
    public let series: StatisticSeries
  }

  /// The file as the caller named it.
  public let file: String
  /// The normalizations in the order of the graph.
  public let normalizations: [Normalization]

  /// Reads a model's statistics.
  ///
  /// - Parameter stationaryTolerance: See `StatisticSeries.stationaryStep`.
  /// - Throws: `CheckpointError` for update pairs, and if statistics are not as the table says.
  /// - Complexity: O(elements of the statistics) time; memory for those of one normalization.
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
          .malformed, "its mean and standard deviation have different shapes", file: checkpoint.name,
          object: brick.path)
      }
      let series = StatisticSeries(
        mean: mean, standardDeviation: standardDeviation, counts: origin.observationCounts,
        hasTimeSteps: brick.stepCount != nil, epsilon: origin.epsilon, stationaryTolerance: stationaryTolerance)
      let state = checkpoint.contents.parametersDigest.map(origin.state(besideParameters:)) ?? .stale
      normalizations.append(
        Normalization(
          brick: brick.path, state: state, estimator: origin.estimator.name, records: origin.records, series: series))
    }
    self.normalizations = normalizations
  }
}
