import Names
import PopulationStatistics

/// What a collection of update pairs holds, in numbers.
public struct UpdateSummary: Hashable, Sendable {
  /// The pairs of one brick.
  public struct Brick: Hashable, Sendable {
    /// The brick's path.
    public let brick: Name
    /// How many records there are.
    public let recordCount: Int
    /// How many observations stand behind them, at the step with the most; the greatest number where it is more than that.
    public let observationCount: Int64

    init(_ brick: Name, _ records: [UpdateRecord]) {
      self.brick = brick
      recordCount = records.count
      observationCount = records.reduce(0) { sum, record in
        let (result, overflow) = sum.addingReportingOverflow(record.counts.max() ?? 0)
        return overflow ? .max : result
      }
    }
  }

  /// The bricks, in ascending order of their paths' bytes.
  public let bricks: [Brick]
  /// The number of minibatches, each counted once for each set of parameters.
  public let batchCount: Int
  /// How many sets of parameters they were computed with; unknown ones count as one.
  public let parameterSetCount: Int
}
