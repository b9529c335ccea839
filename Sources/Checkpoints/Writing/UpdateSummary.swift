import Names
import PopulationStatistics

/// The numbers of records, observations and minibatches in a collection of update pairs.
public struct UpdateSummary: Hashable, Sendable {
  /// The pairs of one brick.
  public struct Brick: Hashable, Sendable {
    /// The brick's path.
    public let brick: Name
    /// The number of records.
    public internal(set) var recordCount: Int
    /// The number of observations of all records together; at most the largest Int64. With several time steps, it is the number at the
    /// step with the most observations, as `average-stats` reports it.
    public var observationCount: Int64 { stepCounts.max() ?? 0 }
    /// The number of observations of all records together, for each time step.
    var stepCounts: [Int64]
  }

  /// The bricks, in ascending order of the bytes of their paths.
  public let bricks: [Brick]
  /// The number of minibatches. A minibatch counts once for each set of parameters.
  public let batchCount: Int
  /// The number of sets of parameters that the pairs were computed with. All unknown sets count as one set.
  public let parameterSetCount: Int

  /// Summarizes a collection.
  ///
  /// - Parameter observationCounts: For each form of the collection, the number of observations of its records at each time step.
  init(_ collection: some UpdateCollection, observationCounts: [[Int64]]) {
    var bricks: [Brick] = []
    for (form, counts) in zip(collection.forms, observationCounts) {
      if bricks.last?.brick != form.brick {
        bricks.append(Brick(brick: form.brick, recordCount: 0, stepCounts: []))
      }
      bricks[bricks.count - 1].recordCount += form.minibatches.count
      bricks[bricks.count - 1].stepCounts = bricks[bricks.count - 1].stepCounts.saturatingSums(with: counts)
    }
    self.bricks = bricks
    batchCount = collection.minibatches.pruned(to: collection.forms.lazy.map(\.minibatches)).minibatches.count
    parameterSetCount = collection.parametersDigests.count
  }
}

extension UpdateSet {
  /// The numbers of records, observations and minibatches in this set.
  public var summary: UpdateSummary {
    UpdateSummary(
      self, observationCounts: forms.indices.map { UpdateElements<UpdateSet>.observationCounts(of: stack(at: $0)) })
  }
}
