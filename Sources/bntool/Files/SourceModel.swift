import Bricks
import Checkpoints
import JSON
import PopulationStatistics

/// A model as a file has it, for commands that write it anew in another way.
struct SourceModel {
  /// The file as the user named it.
  let file: String
  let model: Model
  private let payload: CheckpointPayload
  /// What provenance says of the file.
  let provenanceInput: JSONValue

  var updates: UpdateSet { payload.updates }

  /// Reads and checks all of a checkpoint.
  ///
  /// - Throws: `CheckpointError` where it cannot be read, or holds no model.
  init(_ path: String) throws {
    let checkpoint = try Checkpoint(opening: path)
    file = path
    model = try Console.timed("read \(path)") { try checkpoint.model() }
    payload = try checkpoint.payload(with: model, updates: checkpoint.updates())
    provenanceInput = checkpoint.provenanceInput
  }

  /// Writes a model that was made of this one, with the step that made it after those before.
  func save(_ model: Model, updates: UpdateSet, operation: String, _ facts: ProvenanceStep = [:], to output: String)
    throws
  {
    var step: ProvenanceStep = ["operation": .text(operation), "inputs": .list([provenanceInput])]
    step.merge(facts) { _, fact in fact }
    var content = payload
    (content.model, content.updates) = (model, updates)
    content.provenance.append(step)
    try ProcessSignals.deferring { try content.save(to: output) }
  }

  /// Says that recorded update pairs do not go on, where there are any.
  func warnOfDroppedUpdates(because reason: String) {
    guard !updates.records.isEmpty else { return }
    Console.warn(
      "\(file): its \(Formatting.counted(updates.records.count, "recorded update pair")) stay behind: \(reason)")
  }
}
