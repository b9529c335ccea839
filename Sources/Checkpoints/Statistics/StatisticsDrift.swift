import ComputationGraphs
import Names
import PopulationStatistics

/// The drift of population statistics: the distance from the statistics of one checkpoint to the statistics of the next.
public struct StatisticsDrift: Hashable, Sendable, Encodable {
  /// A normalization that both checkpoints have.
  public struct Normalization: Hashable, Sendable, Encodable {
    /// The brick's path.
    public let brick: Name
    /// The distance from the earlier statistics; nil if the statistics of one checkpoint were never estimated.
    public let distance: StatisticDistance?
  }

  /// The earlier file, A.
  public let old: String
  /// The later file, B.
  public let new: String
  /// The normalizations that have standard deviations, and that both checkpoints have with the same shape.
  public let normalizations: [Normalization]

  /// Compares the statistics of two models.
  ///
  /// - Throws: The errors of `StatisticsSummary`.
  /// - Complexity: O(elements of the statistics) time; memory for a few blocks.
  public init(from old: borrowing Checkpoint, to new: borrowing Checkpoint) throws(CheckpointError) {
    (self.old, self.new) = (old.name, new.name)
    var normalizations: [Normalization] = []
    let pairs = EntryPairs(old.contents, new.contents, Exclusion(selectors: []))
    for unit in pairs.units(try old.normalizations()) {
      guard let brick = unit.normalization else { continue }
      let (mean, otherMean) = unit.entries[0]
      let isEstimated = [mean, otherMean].allSatisfy { $0.statistic?.observationCounts.contains { $0 > 0 } ?? false }
      let distance = isEstimated ? try unit.distances(old, new).distance : nil
      normalizations.append(Normalization(brick: brick, distance: distance))
    }
    self.normalizations = normalizations
  }
}

extension Checkpoint {
  /// The normalizations of a model's graph.
  func normalizations() throws(CheckpointError) -> [NormalizationStatistics] {
    guard kind == .model else { throw CheckpointError(.unsuitable, "holds update pairs, not a model", file: name) }
    return try graph().normalizationStatistics
  }
}
