import ComputationGraphs
import Names
import PopulationStatistics
import Tensors

/// The update pairs of several checkpoints, united brick by brick: what `UpdateSet(unionOf:)` makes of them all, with no more than
/// one brick's in memory.
public struct UpdateUnion: UpdateCollection {
  /// The paths of the bricks, in ascending order of their bytes.
  public let bricks: [Name]
  /// The parameters digests that occur, each once, unknown (nil) first.
  public let parametersDigests: [Digest?]
  /// The number of minibatches, each counted once for each set of parameters.
  public let batchCount: Int
  private let sources: [UpdateSource]
  private let sequences: [Contents.Updates.Batch.Identity: Int]
  private let statistics: Set<UpdateSet.Statistic>
  private let needsEqualSteps: Bool

  /// The union of the pairs of some sources.
  ///
  /// - Parameters:
  ///   - sources: Where the pairs are.
  ///   - isIncluded: Whether a brick's pairs are wanted.
  ///   - statistics: What is wanted of each pair.
  ///   - needsEqualSteps: Whether files that differ in the number of a brick's time steps contradict each other.
  /// - Complexity: O(pairs), whatever their size.
  public init(
    _ sources: [UpdateSource], bricks isIncluded: (Name) -> Bool = { _ in true },
    statistics: Set<UpdateSet.Statistic> = [.mean, .standardDeviation], needsEqualSteps: Bool = false
  ) {
    self.needsEqualSteps = needsEqualSteps
    var sequences: [Contents.Updates.Batch.Identity: Int] = [:]
    var bricks: Set<Name> = []
    var digests: Set<Digest?> = []
    var batches: Set<Contents.Updates.Batch.Identity> = []
    for (identity, sequence) in sources.flatMap(\.identities) {
      let batch = Contents.Updates.Batch.Identity(of: identity)
      // The place of a minibatch is the same for all bricks, also where not all of them are wanted.
      sequences[batch] = min(sequence, sequences[batch] ?? sequence)
      guard isIncluded(identity.brick) else { continue }
      bricks.insert(identity.brick)
      digests.insert(identity.parametersDigest)
      batches.insert(batch)
    }
    self.sources = sources
    self.sequences = sequences
    self.statistics = statistics
    self.bricks = bricks.sorted()
    parametersDigests = digests.sorted { $0.precedes($1) }
    batchCount = batches.count
  }

  /// The pairs of one brick.
  ///
  /// - Throws: `CheckpointError` if a file cannot be read, `StatisticsError` with code `.conflict` if files contradict each other.
  public func updates(of brick: Name) throws -> UpdateSet {
    let sets = try sources.map { try $0.updates(of: brick) }
    let united = try UpdateSet(unionOf: sets)
    if needsEqualSteps { try checkSteps(of: sets, brick) }
    let kept = statistics.count == 2 ? united : try united.keeping(statistics)
    return kept.settingSequences { sequences[Contents.Updates.Batch.Identity(of: $0)] ?? 0 }
  }

  /// A brick with other numbers of time steps is that of another model. (Shorter sequences of one model have counts of 0.)
  private func checkSteps(of sets: [UpdateSet], _ brick: Name) throws(StatisticsError) {
    var known: (steps: Int, file: String)?
    for (source, set) in zip(sources, sets) {
      guard let steps = set.records.lazy.map(\.values.stepCount).max() else { continue }
      if let known, known.steps != steps {
        throw StatisticsError(
          .conflict,
          "\(brick): \(known.steps) time steps in \(known.file) and \(steps) in \(source.file): these are records of different "
            + "models; merge only records of one")
      }
      known = (steps, source.file)
    }
  }
}

extension Contents.Updates.Batch.Identity {
  /// The minibatch of a record.
  init(of identity: UpdateRecord.Identity) {
    self.init(
      batch: identity.batch,
      parametersDigest: identity.parametersDigest)
  }
}
