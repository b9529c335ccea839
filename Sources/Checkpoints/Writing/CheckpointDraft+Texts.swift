import ComputationGraphs
import JSON
import Names

/// A draft as texts, so that several processes can each write a part of its tensors, and another process can unite the parts.
extension CheckpointDraft {
  private static let prefix: Name = "swift_bricks.draft"

  /// Whether texts describe a draft.
  public static func isPresent(in texts: [Name: String]) -> Bool { texts[prefix] != nil }

  /// The documents and the description of update pairs, but no tensors. All processes of one job have the same texts.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` if JSON cannot hold the draft.
  public func texts() throws(CheckpointError) -> [Name: String] {
    var texts = [CheckpointDraft.prefix: try table(of: [], with: updates)]
    for document in documents { texts["\(CheckpointDraft.prefix)\(document.path)"] = document.text }
    return texts
  }

  /// The entries of some tensors as a text.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` if JSON cannot hold an entry.
  public func table(of tensors: some Sequence<Contents.Entry>) throws(CheckpointError) -> String {
    try table(of: Array(tensors), with: nil)
  }

  private func table(
    of tensors: [Contents.Entry], with updates: Contents.Updates?
  ) throws(CheckpointError) -> String {
    var table = CheckpointDraft(kind: kind, documents: documents, tensors: [], updates: updates).contents
    table.tensors = tensors
    do {
      return try table.jsonText()
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: CheckpointDraft.prefix.text)
    }
  }

  /// The draft that texts describe.
  ///
  /// - Parameters:
  ///   - texts: The result of `texts()`.
  ///   - tables: The results of `table(of:)` for all tensors.
  ///   - file: A file that holds the texts, for messages.
  /// - Throws: `CheckpointError` with code `.malformed`.
  public init(texts: [Name: String], tables: [String], in file: String) throws(CheckpointError) {
    func contents(_ text: String) throws(CheckpointError) -> Contents {
      try Checkpoint.contents(parsing: text, file: file, object: CheckpointDraft.prefix)
    }
    let shared = try contents(texts[CheckpointDraft.prefix] ?? "")
    var documents: [(path: Name, text: String)] = []
    for document in shared.documents {
      guard let text = texts["\(CheckpointDraft.prefix)\(document.path)"], Digest(of: text) == document.digest else {
        throw CheckpointError(
          .malformed, "is missing or damaged; write the part again", file: file, object: document.path)
      }
      documents.append((document.path, text))
    }
    var tensors: [Contents.Entry] = []
    for table in tables { tensors += try contents(table).tensors }
    self.init(kind: .model, documents: documents, tensors: tensors, updates: shared.updates)
  }
}
