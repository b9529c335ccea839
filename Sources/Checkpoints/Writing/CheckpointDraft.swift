import ComputationGraphs
import HDF5
import JSON
import Platform
import Tensors

/// A closure that takes the next bytes of a tensor during writing, in blocks of any size.
///
/// The bytes are the elements in row-major order, little-endian.
public typealias TensorSink = (UnsafeRawBufferPointer) throws -> Void

/// The storage of the tensors in a file.
public enum TensorStorage: Hashable, Sendable {
  /// Each tensor is contiguous, so that other programs can map it into memory.
  case contiguous
  /// Each tensor is in chunks of about 1 MiB, shuffled and compressed by deflate at a level of 0 to 9.
  case compressed(level: Int)
}

/// A checkpoint before it is written, without the elements of its tensors. A closure provides the elements tensor by tensor when
/// they are written, so only a block of one tensor is in memory.
public struct CheckpointDraft: Sendable {
  /// The kind of the checkpoint.
  public let kind: CheckpointKind
  /// The JSON documents with their texts, without the table of contents.
  public private(set) var documents: [(path: Name, text: String)]
  /// The tensors in canonical order. Their digests are not used: the digests are computed while the elements are written.
  public let tensors: [Contents.Entry]
  /// The minibatches and groups of recorded update pairs.
  public let updates: Contents.Updates?
  /// The table of contents of the original file, if the draft is a copy.
  private var originalContents: (text: String, formatVersion: String)?

  /// Creates a draft with its kind, documents, tensors and updates.
  init(
    kind: CheckpointKind, documents: [(path: Name, text: String)], tensors: [Contents.Entry],
    updates: Contents.Updates?
  ) {
    self.kind = kind
    self.documents = documents
    self.tensors = tensors.sorted { $0.path < $1.path }
    self.updates = updates
  }

  /// Creates a draft of a file of update pairs.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` if JSON cannot hold the provenance.
  init(updates layout: UpdateLayout, provenance: [ProvenanceStep], for file: String) throws(CheckpointError) {
    let documents = try CheckpointDraft.preparing(file) { try OriginalDocuments().texts(of: provenance) }
    self.init(kind: .updatePairs, documents: documents, tensors: layout.tensors, updates: layout.updates)
  }

  /// Creates a draft of a copy of a checkpoint. The documents of the copy have the same bytes, so its content digest is the same.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read.
  public init(copying checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    self.init(
      kind: checkpoint.kind, documents: try checkpoint.texts(ofDocuments: checkpoint.contents.documents.map(\.path)),
      tensors: checkpoint.contents.tensors, updates: checkpoint.contents.updates)
    originalContents = (try checkpoint.contentsText(), checkpoint.formatVersion)
  }

  /// Creates a draft with the given tensors. It copies the documents of the bricks and the graph from a checkpoint, unchanged.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read. Its code is `.unsuitable` if JSON cannot hold the provenance.
  public init(
    model checkpoint: borrowing Checkpoint, tensors: [Contents.Entry], updates: Contents.Updates? = nil,
    provenance: [ProvenanceStep]
  ) throws(CheckpointError) {
    let original = OriginalDocuments(provenance: try checkpoint.originalProvenance())
    let model = try checkpoint.texts(ofDocuments: [Format.bricksPath, Format.graphPath])
    let steps = try CheckpointDraft.preparing(checkpoint.name) { try original.texts(of: provenance) }
    self.init(kind: .model, documents: model + steps, tensors: tensors, updates: updates)
  }

  /// Runs a body that prepares a save. An error of any module becomes an error about the file.
  static func preparing<Result>(_ file: String, _ body: () throws -> Result) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: file)
    }
  }

  /// Writes the checkpoint, completely or not at all. The same content gives the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write. It may be a file that `elements` reads from, because it is replaced only at the end.
  ///   - storage: The storage of the tensors.
  ///   - progress: Called after each block, with the number of bytes that were written since the previous call. The check of the
  ///     written file calls it with 0. If it throws, the work ends.
  ///   - elements: Called for each tensor in canonical order. It passes all elements of the tensor to the sink. The tensor may
  ///     have no elements.
  /// - Returns: The table of contents of the file.
  /// - Throws: `CheckpointError` with code `.cannotCreate`, `.inputOutput` or `.unsuitable`, and the errors of `elements`. After
  ///   an error, no new file is left, and an existing file stays unchanged.
  @discardableResult
  public func save(
    to path: String, storage: TensorStorage = .contiguous, progress: @escaping (Int) throws -> Void = { _ in },
    elements: (_ tensor: Contents.Entry, _ sink: TensorSink) throws -> Void
  ) throws -> Contents {
    let contents = contents
    try CheckpointDraft.validate(contents, kind: kind, for: path)
    do {
      let writer = CheckpointWriter(
        self, contents, originalText: originalContents?.text, storage: storage, progress: progress)
      var written: Contents?
      try AtomicFile.write(to: path) { temporary in
        let table = try writer.write(to: temporary, elements)
        try CheckpointDraft.checkWritten(temporary, table, as: path, progress: progress)
        written = table.contents
      }
      return written ?? contents
    } catch let error as HDF5Error {
      throw CheckpointError(writing: error, file: path)
    } catch let error as FileError {
      throw CheckpointError(error)
    }
  }

  /// Checks that the draft can be read back after it is written.
  private static func validate(_ contents: Contents, kind: CheckpointKind, for file: String) throws(CheckpointError) {
    do {
      try contents.validate(kind: kind, version: contents.formatVersion, file: file)
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error.message)", file: file, object: error.object)
    }
  }

  /// The table of contents with the digests that are known so far.
  var contents: Contents {
    Contents(
      formatVersion: originalContents?.formatVersion ?? Contents.version(for: tensors), kind: kind.rawValue,
      documents: documents.map { Contents.Document(path: $0.path, digest: Digest(of: $0.text)) },
      parametersDigest: kind == .model ? Contents.parametersDigest(of: tensors) : nil, tensors: tensors,
      updates: updates)
  }
}

extension Contents.Entry {
  /// The number of bytes of the elements.
  public var byteCount: Int { Shape(shape).elementCount * type.byteCount }
}

extension Digest {
  /// A placeholder for the digest of a tensor whose elements are not written yet.
  static let pending = Digest(of: "")
}

extension Checkpoint {
  /// The texts of documents. Their digests are checked.
  fileprivate func texts(ofDocuments paths: [Name]) throws(CheckpointError) -> [(path: Name, text: String)] {
    var texts: [(path: Name, text: String)] = []
    for path in paths { texts.append((path, try text(ofDocument: path))) }
    return texts
  }
}
