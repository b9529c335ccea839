@_exported import ComputationGraphs
@_exported import Limits
@_exported import PopulationStatistics
@_exported import Tensors
import HDF5
import Platform

/// An open checkpoint. Opening reads only the table of contents. Tensors are read when they are needed, with a check of their
/// digests.
public struct Checkpoint: ~Copyable, Sendable {
  /// The name of the file, as the caller gave it.
  public let name: String
  /// The kind of the checkpoint.
  public let kind: CheckpointKind
  /// The version of the format, `MAJOR.MINOR`.
  public let formatVersion: String
  /// The program that wrote the file; nil if the file does not name it.
  public let producer: String?
  /// The table of contents.
  public let contents: Contents
  /// The digest of the table of contents. The table contains the digests of all other content.
  public let contentDigest: Digest
  let file: HDF5.File
  let keptBricks: Memo<[BrickNode]>
  let keptGraph: Memo<Graph>
  /// The texts of the documents, if the file was closed in the HDF5 library.
  let keptTexts: Memo<[Name: String]>
  let places: ElementPlaces

  /// Opens a checkpoint with the current `ReadingLimits`.
  ///
  /// - Throws: `CheckpointError` with code `.notFound`, `.notACheckpoint`, `.unsupported`, `.damaged`, or `.malformed`.
  /// - Complexity: O(entries of the table of contents).
  public init(opening path: String) throws(CheckpointError) {
    try self.init(opening: CheckpointFile(path))
  }

  /// Opens a checkpoint whose name in messages may differ from its path.
  ///
  /// - Throws: The errors of `init(opening:)`.
  public init(opening file: CheckpointFile) throws(CheckpointError) {
    var problems: [CheckpointError] = []
    let checkpoint = try Checkpoint(opening: file, collecting: &problems)
    if let problem = problems.first { throw problem }
    self = checkpoint
  }

  /// Opens a checkpoint and collects the problems of its table of contents. An entry that a problem names can have invalid content.
  ///
  /// - Throws: The errors of `init(opening:)` if the table of contents cannot be read.
  init(opening place: CheckpointFile, collecting problems: inout [CheckpointError]) throws(CheckpointError) {
    let path = place.name
    let file = try CheckpointError.about(path) { try Checkpoint.openUnlocked(place.path) }
    let header = try CheckpointError.about(path) { try Header(reading: file, name: path) }
    let text = try CheckpointError.about(path) { try Checkpoint.text(Format.contentsPath, in: file, name: path) }
    if Digest(of: text) != header.contentDigest {
      let problem = CheckpointError(
        .damaged,
        "its digest is \(Digest(of: text).abbreviated), but the file's content_digest is "
          + "\(header.contentDigest.abbreviated): the file was damaged, or edited by another program",
        file: path, object: Format.contentsPath)
      problems.append(problem)
    }
    let contents: Contents
    do {
      contents = try Checkpoint.contents(parsing: text, file: path, object: Format.contentsPath)
    } catch {
      // If the text is damaged, report the damage first: any other error follows from it.
      throw problems.first ?? error
    }
    let limited = contents.tensors.map {
      (name: $0.path.text, extents: $0.shape, elementByteCount: $0.type.byteCount)
    }
    if let problem = file.limits.problem(limited) {
      throw CheckpointError(
        .malformed, problem.message, file: path, object: problem.name.map { Name($0) } ?? Format.contentsPath)
    }
    problems += contents.problems(kind: header.kind, version: header.version, file: path)
    problems += contents.extensionProblems(version: header.version, extensions: header.extensions, file: path)
    name = path
    kind = header.kind
    formatVersion = header.version
    producer = header.producer
    contentDigest = header.contentDigest
    self.contents = contents
    self.file = file
    (keptBricks, keptGraph, keptTexts, places) = (Memo(), Memo(), Memo(), ElementPlaces())
  }

  /// Whether a file is a checkpoint, possibly a damaged one. This reads only the attributes of the root group.
  public static func isCheckpoint(_ path: String) -> Bool {
    do throws(CheckpointError) {
      let file = try CheckpointError.about(path) { try Checkpoint.openUnlocked(path) }
      _ = try CheckpointError.about(path) { try Header(reading: file, name: path) }
      return true
    } catch {
      return error.code != .notACheckpoint
    }
  }

  /// Opens a file that was just written. The text of its table must equal the written text, so it is not parsed again.
  ///
  /// - Throws: The errors of `init(opening:)`, and `CheckpointError` with code `.damaged` if the file has a different table.
  init(opening path: String, written table: CheckpointWriter.Table) throws(CheckpointError) {
    let file = try CheckpointError.about(path) { try Checkpoint.openUnlocked(path) }
    let header = try CheckpointError.about(path) { try Header(reading: file, name: path) }
    let text = try CheckpointError.about(path) { try Checkpoint.text(Format.contentsPath, in: file, name: path) }
    guard Name(text) == Name(table.text), header.contentDigest == Digest(of: text) else {
      throw CheckpointError(
        .damaged, "its table of contents differs from the table that was written", file: path,
        object: Format.contentsPath)
    }
    name = path
    kind = header.kind
    formatVersion = header.version
    producer = header.producer
    contentDigest = header.contentDigest
    contents = table.contents
    self.file = file
    (keptBricks, keptGraph, keptTexts, places) = (Memo(), Memo(), Memo(), ElementPlaces())
  }

  /// Opens the file, and waits a moment if it is locked. A process that was started while the file was being written holds the
  /// writer's lock for a moment.
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
}

extension CheckpointError {
  /// The error for an object whose digest differs from the recorded one.
  init(damaged object: Name, read: Digest, recorded: Digest, file: String) {
    self.init(
      .damaged,
      "digest does not match its data (read \(read.abbreviated), recorded \(recorded.abbreviated)): the file was damaged "
        + "or edited after it was saved; nothing was loaded",
      file: file, object: object)
  }
}
