import ComputationGraphs
import Names
import PopulationStatistics
import Tensors

/// The union of the update pairs of several checkpoints, brick by brick. It has the same pairs as `UpdateSet(unionOf:)`, but only
/// the pairs of one brick are in memory.
public struct UpdateUnion: UpdateCollection {
  /// The paths of the bricks, in ascending order of their bytes.
  public let bricks: [Name]
  /// The different digests of parameters. An unknown digest (nil) comes first.
  public let parametersDigests: [Digest?]
  /// The number of minibatches. A minibatch counts once for each set of parameters.
  public let batchCount: Int
  private let sources: [UpdateSource]
  private let sequences: [Contents.Updates.Batch.Identity: Int]
  private let statistics: Set<UpdateSet.Statistic>
  private let needsEqualSteps: Bool

  /// The union of the pairs of the given sources.
  ///
  /// - Parameters:
  ///   - sources: The sources of the pairs.
  ///   - isIncluded: Whether to include the pairs of a brick.
  ///   - statistics: The statistics to read from each pair.
  ///   - needsEqualSteps: Whether it is a conflict if files have different numbers of time steps for a brick.
  /// - Complexity: O(pairs), independent of their size.
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
      // The place of a minibatch is the same for all bricks, even if some bricks are not included.
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

  /// Checks that a brick has the same number of time steps in all files. Another number means another model. (Shorter sequences
  /// of one model have counts of 0.)
  private func checkSteps(of sets: [UpdateSet], _ brick: Name) throws(StatisticsError) {
    var known: (steps: Int, file: String)?
    for (source, set) in zip(sources, sets) {
      guard let steps = set.records.lazy.map(\.values.stepCount).max() else { continue }
      if let known, known.steps != steps {
        throw StatisticsError(
          .conflict,
          "\(brick): \(known.steps) time steps in \(known.file) and \(steps) in \(source.file): these are records of different "
            + "models; merge only records of the same model")
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
