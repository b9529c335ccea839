import Tensors

extension CheckpointDraft {
  /// Reads a checkpoint that was just written back from its file, all of it, and compares every digest.
  ///
  /// The digests in the table come from memory, not from the file. So a write that was lost on the way, without an error, shows here,
  /// before the new file takes the place of an old one. Memory holds a block of one tensor, or a row of its chunks.
  ///
  /// - Parameters:
  ///   - temporary: The file as it is named now.
  ///   - contentDigest: The digest of the table that was written.
  ///   - path: The name that the file is to get, for messages.
  ///   - progress: Called with 0 after each block; whatever it throws ends the work.
  /// - Throws: `CheckpointError` with code `.inputOutput`, and whatever `progress` throws.
  static func checkWritten(
    _ temporary: String, contentDigest: Digest, as path: String, progress: (Int) throws -> Void
  ) throws {
    do {
      let checkpoint = try Checkpoint(opening: temporary)
      guard checkpoint.contentDigest == contentDigest else {
        throw CheckpointError(.damaged, "it holds another table of contents", file: path, object: Format.contentsPath)
      }
      try checkpoint.checkTable()
      for document in checkpoint.contents.documents { _ = try checkpoint.text(ofDocument: document.path) }
      for entry in checkpoint.contents.tensors { try checkpoint.copyElements(of: entry) { _ in try progress(0) } }
    } catch let error as CheckpointError {
      throw CheckpointError(
        .inputOutput,
        "the new file does not read back as it was written, and was removed; check the disk, and try again (\(error.message))",
        file: path, object: error.object)
    }
  }
}
