import Bricks
import Checkpoints
import PopulationStatistics

/// A checkpoint as a source of update pairs.
struct UpdateSource {
  /// The file as the user named it.
  let file: String
  /// The digest of its content.
  let contentDigest: Digest
  /// The pairs recorded in it; of a model without any, its population statistics as one pair each.
  let updates: UpdateSet
  /// Whether the pairs were recorded.
  let isRecorded: Bool
  /// The model, where the file has one.
  let model: Model?

  /// Reads and checks a checkpoint.
  ///
  /// - Throws: `CheckpointError` where it cannot be read.
  init(_ path: String) throws {
    let checkpoint = try Checkpoint(opening: path)
    file = path
    contentDigest = checkpoint.contentDigest
    model = checkpoint.kind == .model ? try checkpoint.model() : nil
    let recorded = try checkpoint.updates()
    isRecorded = !recorded.records.isEmpty || model == nil
    updates = isRecorded ? recorded : try UpdateSet(model?.populationRecords() ?? [], source: path)
  }

  /// What provenance says of the file: its name without folders, and its content.
  var provenance: AttributeValue {
    .object(["name": .text(OutputFile.name(of: file)), "content_digest": .text(contentDigest.description)])
  }
}

extension UpdateSet {
  /// How many minibatches the records come from.
  var batchCount: Int {
    Set(records.map { "\($0.identity.parametersDigest ?? "")\n\($0.identity.batch)" }).count
  }
}
