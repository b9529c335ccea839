import ComputationGraphs
import JSON
import PopulationStatistics
import Tensors

/// A checkpoint as a source of update pairs: those recorded in it; of a model without any, its population statistics as one pair
/// each. Values are read brick by brick, when they are asked for.
public final class UpdateSource: Sendable {
  /// The open file.
  public let checkpoint: Checkpoint
  /// The model, where the file has one.
  public let outline: ModelOutline?
  /// Whether the pairs were recorded.
  public let isRecorded: Bool
  private let populationRecords: UpdateSet

  /// Opens a checkpoint and compares all its objects with its table. Of a model it reads the statistics, of recorded pairs nothing.
  ///
  /// - Parameter givesStatistics: Whether the population statistics are pairs where none were recorded.
  /// - Throws: `CheckpointError` if it cannot be read, `StatisticsError` if its statistics mean nothing.
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

  /// The file as the caller named it.
  public var file: String { checkpoint.name }

  /// What provenance says of the file: its name without folders, and its content.
  public var provenance: JSONValue { checkpoint.provenanceInput }

  /// The identities of all pairs with their places in the order of recording, brick by brick.
  public var identities: [(identity: UpdateRecord.Identity, sequence: Int)] {
    guard isRecorded else { return populationRecords.records.map { ($0.identity, $0.sequence) } }
    guard let updates = checkpoint.contents.updates else { return [] }
    return updates.groups.flatMap { group in
      group.batches.map { row in (updates.batches[row].identity(in: group), updates.batches[row].sequence) }
    }
  }

  /// How many bytes the values of all pairs take in the file.
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
