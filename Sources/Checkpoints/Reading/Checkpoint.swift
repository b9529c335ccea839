import ComputationGraphs
import HDF5
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
  let keptBricks: Memo<[BrickNode]>
  let keptGraph: Memo<Graph>

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
  /// - Throws: The errors of `init(opening:)`, if there is no table to go by.
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
      // If the text is damaged, report the damage first: any other error follows from it.
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
    (keptBricks, keptGraph) = (Memo(), Memo())
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
