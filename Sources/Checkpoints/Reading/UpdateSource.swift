import ComputationGraphs
import JSON
import PopulationStatistics
import Tensors

/// A checkpoint as a source of update pairs. These are the recorded pairs; for a model without recorded pairs, each population
/// statistic is one pair. Values are read brick by brick on demand.
public final class UpdateSource: Sendable {
  /// The open file.
  public let checkpoint: Checkpoint
  /// The model; nil for a file of update pairs.
  public let outline: ModelOutline?
  /// Whether the pairs were recorded.
  public let isRecorded: Bool
  private let populationRecords: UpdateSet

  /// Opens a checkpoint and compares all objects with its table. It reads the statistics of a model, but no recorded pairs.
  ///
  /// - Parameter givesStatistics: Whether the population statistics are the pairs if none were recorded.
  /// - Throws: `CheckpointError` if the file cannot be read, `StatisticsError` if its statistics are invalid.
  public init(opening path: String, givesStatistics: Bool = true) throws {
    let checkpoint = try Checkpoint(opening: path)
    let outline = checkpoint.kind == .model ? try checkpoint.outline() : nil
    if outline == nil { try checkpoint.checkTable() }
    let hasRecords = checkpoint.contents.updates?.groups.contains { !$0.batches.isEmpty } ?? false
    isRecorded = hasRecords || outline == nil || !givesStatistics
    populationRecords = isRecorded ? UpdateSet() : try UpdateSet(outline?.populationRecords() ?? [], source: path)
    self.checkpoint = checkpoint
    self.outline = outline
  }

  /// The name of the file, as the caller gave it.
  public var file: String { checkpoint.name }

  /// The file's entry in provenance: its name without folders, and the digest of its content.
  public var provenance: JSONValue { checkpoint.provenanceInput }

  /// The identities of all pairs, with their places in the order of recording, brick by brick.
  public var identities: [(identity: UpdateRecord.Identity, sequence: Int)] {
    guard isRecorded else { return populationRecords.records.map { ($0.identity, $0.sequence) } }
    guard let updates = checkpoint.contents.updates else { return [] }
    return updates.groups.flatMap { group in
      group.batches.map { row in (updates.batches[row].identity(in: group), updates.batches[row].sequence) }
    }
  }

  /// The number of bytes of all pairs in the file.
  public var byteCount: Int {
    isRecorded ? checkpoint.contents.tensors.filter(\.isUpdate).reduce(0) { $0 + $1.byteCount } : 0
  }

  /// The pairs of one brick.
  ///
  /// - Throws: The errors of `Checkpoint.updates(of:)`.
  public func updates(of brick: Name) throws(CheckpointError) -> UpdateSet {
    isRecorded ? try checkpoint.updates(of: brick) : populationRecords.updates(of: brick)
  }
}
