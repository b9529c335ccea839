import ComputationGraphs
import HDF5
import JSON
import Names
import Tensors

extension Checkpoint {
  /// The top-level bricks of a model. They are read once.
  public func bricks() throws(CheckpointError) -> [BrickNode] {
    try keptBricks.value { () throws(CheckpointError) in
      let bricks = try document(Format.bricksPath) { try $0.list("bricks", BrickNode.init) }
      do {
        try BrickNode.validate(bricks)
      } catch {
        throw CheckpointError(.malformed, "\(error)", file: name, object: Format.bricksPath)
      }
      return bricks
    }
  }

  /// The inference graph of a model. It is read on the first call, and then kept.
  public func graph() throws(CheckpointError) -> Graph {
    try keptGraph.value { () throws(CheckpointError) in
      let graph = try document(Format.graphPath, Graph.init)
      guard let call = graph.firstTrainingCall else { return graph }
      throw CheckpointError(
        .malformed,
        "\(call.brick).\(call.application) normalizes in training mode, with the statistics of each batch; a "
          + "checkpoint needs the inference graph",
        file: name, object: Format.graphPath)
    }
  }

  /// The steps that made the file, the latest step last; empty if the file does not record them.
  public func provenance() throws(CheckpointError) -> [ProvenanceStep] {
    guard lists(document: Format.provenancePath) else { return [] }
    return try document(Format.provenancePath) { json in try json.list("steps") { try $0.members() } }
  }

  /// Whether the table of contents lists a document.
  func lists(document path: Name) -> Bool { contents.documents.contains { $0.path == path } }

  /// Reads a document with a closure, after a check of the document's digest.
  func document<Value>(
    _ object: Name, _ read: (JSONValue) throws -> Value
  ) throws(CheckpointError) -> Value {
    let text = try text(ofDocument: object)
    return try file.limits.apply { () throws(CheckpointError) in
      try Checkpoint.parse(text, read, file: name, object: object)
    }
  }

  /// The text of a document. Its digest is checked.
  func text(ofDocument object: Name) throws(CheckpointError) -> String {
    guard let entry = contents.documents.first(where: { $0.path == object }) else {
      throw CheckpointError(.malformed, "the table of contents does not list \(object)", file: name)
    }
    if let known = keptTexts.known?[object] { return known }
    let text = try CheckpointError.about(name) { try Checkpoint.text(object, in: file, name: name) }
    guard Digest(of: text) == entry.digest else {
      throw CheckpointError(damaged: object, read: Digest(of: text), recorded: entry.digest, file: name)
    }
    return text
  }

  /// Closes the file in the HDF5 library if all tensors can be read without the library. The tensors and the documents can still be
  /// read.
  ///
  /// - Throws: The errors of `text(ofDocument:)`.
  func releaseLibrary() throws(CheckpointError) {
    guard contents.tensors.allSatisfy({ places[$0.path] != nil }) else { return }
    var texts: [Name: String] = [:]
    for document in contents.documents { texts[document.path] = try text(ofDocument: document.path) }
    _ = keptTexts.value { texts }
    try CheckpointError.about(name) { try file.releaseLibrary() }
  }

  /// The text of the table of contents. Its digest was checked when the file was opened.
  func contentsText() throws(CheckpointError) -> String {
    try CheckpointError.about(name) { try Checkpoint.text(Format.contentsPath, in: file, name: name) }
  }

  /// The texts of the table of contents and of all documents. Their digests are checked.
  package func texts() throws(CheckpointError) -> [(path: Name, text: String)] {
    var texts = [(path: Format.contentsPath, text: try contentsText())]
    for document in contents.documents { texts.append((document.path, try text(ofDocument: document.path))) }
    return texts
  }

  /// The text of a document. Its digest is not checked.
  static func text(_ object: Name, in file: borrowing HDF5.File, name: String) throws -> String {
    let path = String(object.text.dropFirst())
    guard try file.exists(path), try file.objectKind(path) == .dataset else {
      throw CheckpointError(
        .malformed, "the document is missing or not a dataset; the file is incomplete", file: name, object: object)
    }
    let dataset = try file.openDataset(path)
    guard dataset.datatype.isText, dataset.dimensions.isEmpty else {
      throw CheckpointError(.malformed, "is not a scalar dataset of one string", file: name, object: object)
    }
    if case .fixedString(let byteCount, _, _) = dataset.datatype,
      let problem = file.limits.problem(textOf: byteCount)
    {
      throw CheckpointError(.malformed, problem.message, file: name, object: object)
    }
    return try dataset.readString()
  }

  /// Parses the text of a table of contents.
  static func contents(parsing text: String, file: String, object: Name) throws(CheckpointError) -> Contents {
    do {
      return try Contents(parsing: text)
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: file, object: object)
    }
  }

  /// Parses the text of a document as JSON, and passes the JSON value to `read`.
  static func parse<Value>(
    _ text: String, _ read: (JSONValue) throws -> Value, file: String, object: Name
  ) throws(CheckpointError) -> Value {
    do {
      return try read(JSONValue(parsing: text))
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: file, object: object)
    }
  }
}

extension Graph {
  /// The first call that normalizes in training mode, also in the bodies of loops. No checkpoint may contain such a call.
  var firstTrainingCall: Call? { allCalls.first { $0.normalization?.isTraining ?? false } }
}
