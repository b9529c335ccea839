import ComputationGraphs
import HDF5
import JSON
import Platform
import Tensors

/// Takes the next bytes of a tensor that is being written: its elements in row-major order, little-endian, in blocks of any size.
public typealias TensorSink = (UnsafeRawBufferPointer) throws -> Void

/// How the tensors of a file are stored.
public enum TensorStorage: Hashable, Sendable {
  /// Each in one piece, as other programs map them into memory.
  case contiguous
  /// In chunks of about 1 MiB, shuffled and deflated at a level of 0 to 9.
  case compressed(level: Int)
}

/// A checkpoint about to be written: all but the elements of its tensors, which come one after another when they are needed, so
/// that no more than a block of one tensor is ever in memory.
public struct CheckpointDraft: Sendable {
  /// What the file holds.
  public let kind: CheckpointKind
  /// The JSON documents but for the table of contents, with their texts.
  public private(set) var documents: [(path: Name, text: String)]
  /// The tensors in canonical order. Their digests count for nothing: they are made while the elements are written.
  public let tensors: [Contents.Entry]
  /// The minibatches and groups of recorded update pairs.
  public let updates: Contents.Updates?
  /// The table of contents as it is to be written, where it is that of another file.
  private var originalContents: (text: String, formatVersion: String)?

  /// A draft from its parts.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` where the provenance is no JSON.
  init(
    kind: CheckpointKind, documents: [(path: Name, text: String)], tensors: [Contents.Entry],
    updates: Contents.Updates?, provenance: [ProvenanceStep], for file: String
  ) throws(CheckpointError) {
    self.kind = kind
    self.documents = documents
    self.tensors = tensors.sorted { $0.path < $1.path }
    self.updates = updates
    guard !provenance.isEmpty else { return }
    let steps: JSONValue = ["steps": .list(provenance.map(JSONValue.object))]
    do {
      self.documents.append((Format.provenancePath, try steps.jsonText()))
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: file)
    }
  }

  /// A draft of a file of update pairs.
  init(updates layout: UpdateLayout, provenance: [ProvenanceStep], for file: String) throws(CheckpointError) {
    try self.init(
      kind: .updatePairs, documents: [], tensors: layout.tensors, updates: layout.updates, provenance: provenance,
      for: file)
  }

  /// A draft of all that a checkpoint holds, to the last character of its documents: the copy has the same content digest.
  ///
  /// - Throws: `CheckpointError` where a document cannot be read.
  public init(copying checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    try self.init(
      kind: checkpoint.kind, documents: try checkpoint.documentTexts(), tensors: checkpoint.contents.tensors,
      updates: checkpoint.contents.updates, provenance: [], for: checkpoint.name)
    originalContents = (try checkpoint.contentsText(), checkpoint.formatVersion)
  }

  /// A draft with the bricks and the graph of a checkpoint, and tensors that may have been given other origins.
  ///
  /// - Throws: `CheckpointError` where a document cannot be read.
  public init(
    model checkpoint: borrowing Checkpoint, tensors: [Contents.Entry], updates: Contents.Updates? = nil,
    provenance: [ProvenanceStep]
  ) throws(CheckpointError) {
    try self.init(
      kind: .model,
      documents: CheckpointDraft.modelDocuments(checkpoint.bricks(), checkpoint.graph(), for: checkpoint.name),
      tensors: tensors, updates: updates, provenance: provenance, for: checkpoint.name)
  }

  /// The documents of a model.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` where one of them is no JSON, or the graph is in training mode.
  static func modelDocuments(
    _ bricks: [BrickNode], _ graph: Graph, for file: String
  ) throws(CheckpointError) -> [(path: Name, text: String)] {
    if let call = graph.firstTrainingCall {
      throw CheckpointError(
        .unsuitable,
        "\(call.brick).\(call.application) normalizes in training mode, and would go on using the statistics of whatever "
          + "batch it is fed; save the inference graph: trainingGraph() makes this one of it",
        file: file, object: Format.graphPath)
    }
    do {
      let tree: JSONValue = ["bricks": .list(bricks.map(\.json))]
      return [(Format.bricksPath, try tree.jsonText()), (Format.graphPath, try graph.json().jsonText())]
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: file)
    }
  }

  /// Writes the checkpoint, whole or not at all. The same content gives the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write. It may be one that `elements` reads from, which is replaced at the end.
  ///   - storage: How the tensors are stored.
  ///   - progress: Called with the number of bytes after each block; what it throws ends the work.
  ///   - elements: Called for each tensor in canonical order, to hand over all its elements. It may be a tensor of no elements.
  /// - Throws: `CheckpointError` with code `.cannotCreate`, `.inputOutput`, `.unsuitable`, and whatever `elements` throws; nothing
  ///   is left behind then, and what was there before stays.
  public func save(
    to path: String, storage: TensorStorage = .contiguous, progress: @escaping (Int) throws -> Void = { _ in },
    elements: (_ tensor: Contents.Entry, _ sink: TensorSink) throws -> Void
  ) throws {
    try validate(for: path)
    do {
      let writer = CheckpointWriter(
        self, originalContents: originalContents, storage: storage, progress: progress)
      try AtomicFile.write(to: path) { temporary in
        let contentDigest = try writer.write(to: temporary, elements)
        try CheckpointDraft.checkWritten(temporary, contentDigest: contentDigest, as: path, progress: progress)
      }
    } catch let error as HDF5Error {
      throw CheckpointError(writing: error, file: path)
    } catch let error as FileError {
      throw CheckpointError(error)
    }
  }

  /// Checks that what is about to be written can be read back.
  private func validate(for file: String) throws(CheckpointError) {
    do {
      try contents.validate(kind: kind, version: contents.formatVersion, file: file)
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error.message)", file: file, object: error.object)
    }
  }

  /// The table of contents with the digests that its tensors have so far.
  var contents: Contents {
    Contents(
      formatVersion: originalContents?.formatVersion ?? Format.version, kind: kind.rawValue,
      documents: documents.map { Contents.Document(path: $0.path, digest: Digest(of: $0.text)) },
      parametersDigest: kind == .model ? Contents.parametersDigest(of: tensors) : nil, tensors: tensors,
      updates: updates)
  }
}

extension Contents.Entry {
  /// How many bytes the elements take.
  public var byteCount: Int { Shape(shape).elementCount * type.byteCount }
}

extension Digest {
  /// What stands in the place of a digest until the elements are written, of which it is made.
  static let pending = Digest(of: "")
}

extension Checkpoint {
  /// The documents that the table lists, with their texts, whose digests were checked.
  fileprivate func documentTexts() throws(CheckpointError) -> [(path: Name, text: String)] {
    var texts: [(path: Name, text: String)] = []
    for document in contents.documents { texts.append((document.path, try text(ofDocument: document.path))) }
    return texts
  }

  /// The text of the table of contents.
  fileprivate func contentsText() throws(CheckpointError) -> String {
    try CheckpointError.about(name) { try Checkpoint.text(Format.contentsPath, in: file, name: name) }
  }
}
