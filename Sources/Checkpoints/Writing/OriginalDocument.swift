import ComputationGraphs
import JSON
import Names

/// A document of the checkpoint that a payload was read from: its value and its text.
struct OriginalDocument<Value: Equatable & Sendable>: Sendable {
  let value: Value
  let text: String
}

/// The documents of the checkpoint that a payload was read from. Saving copies the documents that were not edited.
struct OriginalDocuments: Sendable {
  var bricks: OriginalDocument<[BrickNode]>?
  var graph: OriginalDocument<Graph>?
  var provenance: OriginalDocument<[ProvenanceStep]>?

  /// The texts of a model's documents.
  ///
  /// - Throws: An error of any module if a document cannot be written as JSON.
  func texts(of model: Model) throws -> [(path: Name, text: String)] {
    [
      (Format.bricksPath, try text(of: model.bricks, as: bricks) { ["bricks": .list($0.map(\.json))] }),
      (Format.graphPath, try text(of: model.graph, as: graph) { try $0.json() }),
    ]
  }

  /// The text of the provenance; empty if there are no steps.
  ///
  /// - Throws: `JSONError` if a step cannot be written as JSON.
  func texts(of steps: [ProvenanceStep]) throws -> [(path: Name, text: String)] {
    guard !steps.isEmpty else { return [] }
    return [
      (
        Format.provenancePath,
        try text(of: steps, as: provenance) { ["steps": .list($0.map(JSONValue.object))] }
      )
    ]
  }

  /// The original text, if it has the given value. Otherwise, a new text that spells numbers like the original.
  private func text<Value>(
    of value: Value, as original: OriginalDocument<Value>?, _ json: (Value) throws -> JSONValue
  ) throws -> String {
    guard let original else { return try json(value).jsonText() }
    guard original.value != value else { return original.text }
    return NumberSpelling(of: original.text).respelling(try json(value).jsonText())
  }
}

extension Checkpoint {
  /// The provenance with its text.
  func originalProvenance() throws(CheckpointError) -> OriginalDocument<[ProvenanceStep]>? {
    guard lists(document: Format.provenancePath) else { return nil }
    return OriginalDocument(value: try provenance(), text: try text(ofDocument: Format.provenancePath))
  }

  /// The documents of a model with their texts.
  func originalDocuments() throws(CheckpointError) -> OriginalDocuments {
    OriginalDocuments(
      bricks: OriginalDocument(value: try bricks(), text: try text(ofDocument: Format.bricksPath)),
      graph: OriginalDocument(value: try graph(), text: try text(ofDocument: Format.graphPath)),
      provenance: try originalProvenance())
  }
}
