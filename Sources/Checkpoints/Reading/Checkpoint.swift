import ComputationGraphs
import HDF5
import JSON
import Platform
import Tensors

/// An open checkpoint. Opening reads the table of contents and no payload; tensors are read, and their digests checked, on demand.
public struct Checkpoint: ~Copyable, Sendable {
  /// The file as the caller named it.
  public let name: String
  /// What the file holds.
  public let kind: CheckpointKind
  /// The version of the format, `MAJOR.MINOR`.
  public let formatVersion: String
  /// The program that wrote it, where it says so.
  public let producer: String?
  /// The table of contents.
  public let contents: Contents
  /// The digest of the table, and thereby of all content.
  public let contentDigest: Digest
  let file: HDF5.File

  /// Opens a checkpoint.
  ///
  /// - Throws: `CheckpointError` with code `.notFound`, `.notACheckpoint`, `.unsupported`, `.damaged`, `.malformed`.
  /// - Complexity: O(entries of the table).
  public init(opening path: String) throws(CheckpointError) {
    var problems: [CheckpointError] = []
    let checkpoint = try Checkpoint(opening: path, collecting: &problems)
    if let problem = problems.first { throw problem }
    self = checkpoint
  }

  /// Opens a checkpoint as far as its table can be read, and says what is wrong with that. Entries named by a problem may be anything.
  ///
  /// - Throws: as `init(opening:)`, where there is no table to go by.
  init(opening path: String, collecting problems: inout [CheckpointError]) throws(CheckpointError) {
    let file = try CheckpointError.about(path) { try Checkpoint.openUnlocked(path) }
    let header = try CheckpointError.about(path) { try Header(reading: file, name: path) }
    let text = try CheckpointError.about(path) { try Checkpoint.text(Format.contentsPath, in: file, name: path) }
    if Digest(of: text) != header.contentDigest {
      let problem = CheckpointError(
        .damaged,
        "its digest is \(Digest(of: text).abbreviated), the file's content_digest says "
          + "\(header.contentDigest.abbreviated): the file was damaged, or edited by something else",
        file: path, object: Format.contentsPath)
      problems.append(problem)
    }
    let contents: Contents
    do {
      contents = try Checkpoint.parse(text, Contents.init, file: path, object: Format.contentsPath)
    } catch {
      // Of a text that was damaged the damage is what to tell.
      throw problems.first ?? error
    }
    problems += contents.problems(kind: header.kind, version: header.version, file: path)
    name = path
    kind = header.kind
    formatVersion = header.version
    producer = header.producer
    contentDigest = header.contentDigest
    self.contents = contents
    self.file = file
  }

  /// Opens the file, waiting a moment where it is locked: a process that was started while the file was being written inherits the
  /// writer's lock and keeps it until it has begun its own program.
  private static func openUnlocked(_ path: String) throws -> HDF5.File {
    for _ in 0..<40 {
      do {
        return try HDF5.File(opening: path)
      } catch let error as HDF5Error where error.reason?.number == EAGAIN {
        usleep(5000)
      }
    }
    return try HDF5.File(opening: path)
  }

  /// The text of a document, without its digest checked.
  static func text(_ object: Name, in file: borrowing HDF5.File, name: String) throws -> String {
    let path = String(object.text.dropFirst())
    guard try file.exists(path), try file.objectKind(path) == .dataset else {
      throw CheckpointError(.malformed, "the document is missing; the file is incomplete", file: name, object: object)
    }
    let dataset = try file.openDataset(path)
    guard dataset.datatype.isText, dataset.dimensions.isEmpty else {
      throw CheckpointError(.malformed, "is not a scalar dataset of one string", file: name, object: object)
    }
    return try dataset.readString()
  }

  /// A document whose digest is in the table, checked.
  func document<Value>(
    _ object: Name, _ read: (JSONValue) throws -> Value
  ) throws(CheckpointError) -> Value {
    try Checkpoint.parse(text(ofDocument: object), read, file: name, object: object)
  }

  /// The text of a document whose digest is in the table, checked.
  func text(ofDocument object: Name) throws(CheckpointError) -> String {
    guard let entry = contents.documents.first(where: { $0.path == object }) else {
      throw CheckpointError(.malformed, "the table of contents does not list \(object)", file: name)
    }
    let text = try CheckpointError.about(name) { try Checkpoint.text(object, in: file, name: name) }
    guard Digest(of: text) == entry.digest else {
      throw CheckpointError(damaged: object, read: Digest(of: text), recorded: entry.digest, file: name)
    }
    return text
  }

  /// What `read` makes of a document's text.
  private static func parse<Value>(
    _ text: String, _ read: (JSONValue) throws -> Value, file: String, object: Name
  ) throws(CheckpointError) -> Value {
    do {
      return try read(JSONValue(parsing: text))
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: file, object: object)
    }
  }

  /// The top-level bricks of a model.
  public func bricks() throws(CheckpointError) -> [BrickNode] {
    let bricks = try document(Format.bricksPath) { json in try json.list("bricks", BrickNode.init)
    }
    do {
      try BrickNode.validate(bricks)
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: name, object: Format.bricksPath)
    }
    return bricks
  }

  /// The inference graph of a model.
  public func graph() throws(CheckpointError) -> Graph {
    let graph = try document(Format.graphPath, Graph.init)
    guard let call = graph.firstTrainingCall else { return graph }
    throw CheckpointError(
      .malformed,
      "\(call.brick).\(call.application) normalizes in training mode, by the statistics of whatever batch it is fed; a "
        + "checkpoint holds the inference graph",
      file: name, object: Format.graphPath)
  }

  /// How the file came to be, the latest step last; empty where it does not say.
  public func provenance() throws(CheckpointError) -> [ProvenanceStep] {
    guard contents.documents.contains(where: { $0.path == Format.provenancePath }) else { return [] }
    return try document(Format.provenancePath) { json in
      try json.list("steps") { try $0.members() }
    }
  }
}

extension Graph {
  /// The first call that normalizes in training mode, in the bodies of loops too: no checkpoint may hold one.
  var firstTrainingCall: Call? { allCalls.first { $0.normalization?.isTraining ?? false } }
}

extension CheckpointError {
  /// The error for an object whose digest is not the recorded one.
  init(damaged object: Name, read: Digest, recorded: Digest, file: String) {
    self.init(
      .damaged,
      "digest does not match its data (read \(read.abbreviated), recorded \(recorded.abbreviated)): the file was damaged "
        + "or edited after it was saved; nothing was loaded",
      file: file, object: object)
  }
}

/// The root attributes that decide whether a file can be read.
private struct Header {
  let version: String
  let kind: CheckpointKind
  let producer: String?
  let contentDigest: Digest

  init(reading file: borrowing HDF5.File, name: String) throws {
    func text(_ attribute: String) throws -> String {
      guard try file.hasAttribute(attribute) else {
        throw CheckpointError(.malformed, "is incomplete: it has no attribute \"\(attribute)\"", file: name)
      }
      return try file.text(inAttribute: attribute)
    }
    guard try file.hasAttribute("format") else {
      throw CheckpointError(.notACheckpoint, "is HDF5, but no checkpoint: it has no attribute \"format\"", file: name)
    }
    let format = try text("format")
    guard format == Format.name else {
      throw CheckpointError(.notACheckpoint, "is HDF5 of the format \"\(format)\", no checkpoint", file: name)
    }
    version = try text("format_version")
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } })
    else {
      throw CheckpointError(.malformed, "the format version \"\(version)\" is not MAJOR.MINOR", file: name)
    }
    guard numbers[0] == String(Format.majorVersion) else {
      throw CheckpointError(
        .unsupported,
        "has format version \(version); this version reads \(Format.majorVersion).x only: read it with the program that wrote it",
        file: name)
    }
    if try file.hasAttribute("must_understand") {
      let unknown = try file.texts(inAttribute: "must_understand").filter { !Format.knownExtensions.contains($0) }
      guard unknown.isEmpty else {
        throw CheckpointError(
          .unsupported, "needs extensions that this version does not know: \(unknown.joined(separator: ", "))",
          file: name)
      }
    }
    let kindName = try text("kind")
    guard let kind = CheckpointKind(rawValue: kindName) else {
      throw CheckpointError(.unsupported, "is of the unknown kind \"\(kindName)\"", file: name)
    }
    self.kind = kind
    producer = try file.hasAttribute("producer") ? file.text(inAttribute: "producer") : nil
    guard let digest = Digest(hexadecimal: try text("content_digest")) else {
      throw CheckpointError(.malformed, "the attribute content_digest is no digest", file: name)
    }
    contentDigest = digest
  }
}
