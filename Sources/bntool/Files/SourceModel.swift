import Checkpoints
import ComputationGraphs
import JSON
import Messages
import Names
import PopulationStatistics

/// The model of a checkpoint, for commands that write a changed model.
struct SourceModel {
  /// The name of the file, as the user gave it.
  let file: String
  let model: Model
  private let payload: CheckpointPayload
  /// The description of the file in provenance.
  let provenanceInput: JSONValue

  var updates: UpdateSet { payload.updates }

  /// Reads and checks a whole checkpoint, or the model in a file of another format.
  ///
  /// - Throws: `CheckpointError` if the file cannot be read, or has no model.
  init(_ path: String) throws {
    file = path
    guard let payload = try SourceModel.foreign(path), let model = payload.model else {
      let checkpoint = try Checkpoint(opening: path)
      model = try Console.timed("read \(path)") { try checkpoint.model() }
      payload = try checkpoint.payload(with: model, updates: checkpoint.updates())
      provenanceInput = checkpoint.provenanceInput
      return
    }
    (self.model, self.payload) = (model, payload)
    provenanceInput = ["name": .text(OutputFile.name(of: path))]
  }

  /// The content of a model file that is not a checkpoint; nil for any other file.
  private static func foreign(_ path: String) throws -> CheckpointPayload? {
    do {
      _ = try Checkpoint(opening: path)
      return nil
    } catch {
      return error.code == .notACheckpoint ? try ModelFile.imported(path) : nil
    }
  }

  /// Writes a model that was derived from this model, and adds a step to its provenance.
  func save(_ model: Model, updates: UpdateSet, operation: String, _ facts: ProvenanceStep = [:], to output: String)
    throws
  {
    var step: ProvenanceStep = ["operation": .text(operation), "inputs": .list([provenanceInput])]
    step.merge(facts) { _, fact in fact }
    var content = payload
    (content.model, content.updates) = (model, updates)
    content.provenance.append(step)
    try ProcessSignals.deferring { try ModelFile.save(content, to: output) }
  }

  /// If the file has recorded update pairs, warns that they are not copied.
  func warnOfDroppedUpdates(because reason: String) {
    guard !updates.isEmpty else { return }
    Console.warn(
      "\(file): \(counted(updates.recordCount, "recorded update pair")) "
        + "\(updates.recordCount == 1 ? "is" : "are") not copied: \(reason)")
  }

  /// The path of a tensor.
  ///
  /// - Throws: `NegativeAnswer` if the model has no such tensor.
  func path(ofTensor name: String) throws -> TensorPath {
    do {
      return try model.path(Name(name))
    } catch {
      throw NegativeAnswer(description: "\(file): the model has no tensor \(name). \(suggestion(forTensor: name))")
    }
  }

  /// Suggests tensors whose paths are similar to a path that the model does not have.
  func suggestion(forTensor path: String) -> String {
    // The path of a dataset in the file also identifies the tensor.
    if let tensor = try? TensorPath(datasetPath: Name(path)), model.tensors[tensor] != nil {
      return "Did you mean \(tensor)?"
    }
    return Messages.suggestion(for: path, among: model.tensors.keys.map(\.description).sorted(), noun: "tensor")
  }

  /// Suggests bricks whose paths are similar to a path that the model does not have.
  func suggestion(forBrick path: String) -> String {
    func paths(_ nodes: [BrickNode], in parent: String) -> [String] {
      nodes.flatMap { ["\(parent)/\($0.name)"] + paths($0.children, in: "\(parent)/\($0.name)") }
    }
    return Messages.suggestion(for: path, among: paths(model.bricks, in: ""), noun: "brick")
  }
}
