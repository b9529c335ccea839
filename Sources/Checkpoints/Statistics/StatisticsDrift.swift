import ComputationGraphs
import Names
import PopulationStatistics

/// How far the population statistics of one checkpoint are from those of the one before.
public struct StatisticsDrift: Hashable, Sendable, Encodable {
  /// One normalization that both have.
  public struct Normalization: Hashable, Sendable, Encodable {
    /// The brick's path.
    public let brick: Name
    /// How far its statistics are from those before; nil where one of the two was never estimated.
    public let distance: StatisticDistance?
  }

  /// The file before, A.
  public let old: String
  /// The file after, B.
  public let new: String
  /// The normalizations with standard deviations that both have in one shape.
  public let normalizations: [Normalization]

  /// Compares the statistics of two models.
  ///
  /// - Throws: `CheckpointError` as `StatisticsSummary`.
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
    guard kind == .model else { throw CheckpointError(.unsuitable, "holds update pairs, no model", file: name) }
    return try graph().normalizationStatistics
  }
}
