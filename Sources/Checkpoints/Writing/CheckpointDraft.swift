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
  init(
    kind: CheckpointKind, documents: [(path: Name, text: String)], tensors: [Contents.Entry],
    updates: Contents.Updates?
  ) {
    self.kind = kind
    self.documents = documents
    self.tensors = tensors.sorted { $0.path < $1.path }
    self.updates = updates
  }

  /// A draft of a file of update pairs.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` if JSON cannot hold the provenance.
  init(updates layout: UpdateLayout, provenance: [ProvenanceStep], for file: String) throws(CheckpointError) {
    let documents = try CheckpointDraft.preparing(file) { try OriginalDocuments().texts(of: provenance) }
    self.init(kind: .updatePairs, documents: documents, tensors: layout.tensors, updates: layout.updates)
  }

  /// A draft of all that a checkpoint holds. The copy has the same documents to the last byte, so its content digest is the same.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read.
  public init(copying checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    self.init(
      kind: checkpoint.kind, documents: try checkpoint.texts(ofDocuments: checkpoint.contents.documents.map(\.path)),
      tensors: checkpoint.contents.tensors, updates: checkpoint.contents.updates)
    originalContents = (try checkpoint.contentsText(), checkpoint.formatVersion)
  }

  /// A draft with the bricks and the graph of a checkpoint, to the last byte, and tensors that may have other origins.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read, and with code `.unsuitable` if JSON cannot hold the provenance.
  public init(
    model checkpoint: borrowing Checkpoint, tensors: [Contents.Entry], updates: Contents.Updates? = nil,
    provenance: [ProvenanceStep]
  ) throws(CheckpointError) {
    let original = OriginalDocuments(provenance: try checkpoint.originalProvenance())
    let model = try checkpoint.texts(ofDocuments: [Format.bricksPath, Format.graphPath])
    let steps = try CheckpointDraft.preparing(checkpoint.name) { try original.texts(of: provenance) }
    self.init(kind: .model, documents: model + steps, tensors: tensors, updates: updates)
  }

  /// Runs a body that prepares what is to be saved. An error of any module becomes one about the file.
  static func preparing<Result>(_ file: String, _ body: () throws -> Result) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch let error as CheckpointError {
      throw error
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
  /// The texts of some documents, whose digests are checked.
  fileprivate func texts(ofDocuments paths: [Name]) throws(CheckpointError) -> [(path: Name, text: String)] {
    var texts: [(path: Name, text: String)] = []
    for path in paths { texts.append((path, try text(ofDocument: path))) }
    return texts
  }
}
