import Names
import PopulationStatistics

/// A summary of a collection of update pairs in numbers.
public struct UpdateSummary: Hashable, Sendable {
  /// The pairs of one brick.
  public struct Brick: Hashable, Sendable {
    /// The brick's path.
    public let brick: Name
    /// The number of records.
    public let recordCount: Int
    /// The number of observations at the step with the most observations. It is limited to the greatest 64-bit integer.
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

  /// The bricks, in ascending order of the bytes of their paths.
  public let bricks: [Brick]
  /// The number of minibatches. A minibatch counts once for each set of parameters.
  public let batchCount: Int
  /// The number of sets of parameters that the pairs were computed with. All unknown ones together count as one.
  public let parameterSetCount: Int
}
