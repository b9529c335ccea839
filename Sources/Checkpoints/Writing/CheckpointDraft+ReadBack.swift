import HDF5
import Tensors

extension CheckpointDraft {
  /// Reads all of a checkpoint that was just written, and compares every digest.
  ///
  /// The digests in the table of contents come from memory, not from the file. So a lost write that raised no error is found here,
  /// before the new file replaces an old one. The library's checksums find lost metadata, except the references to dimension scales,
  /// which are compared with the scales. Memory holds a block of one tensor, or a row of its chunks.
  ///
  /// - Parameters:
  ///   - temporary: The current path of the file.
  ///   - written: The table of contents that was written.
  ///   - path: The final path of the file, for messages.
  ///   - progress: Called with 0 after each block. If it throws, the work ends.
  /// - Throws: `CheckpointError` with code `.inputOutput`, and the errors of `progress`.
  static func checkWritten(
    _ temporary: String, _ written: CheckpointWriter.Table, as path: String, progress: (Int) throws -> Void
  ) throws {
    do {
      let checkpoint = try Checkpoint(opening: temporary, written: written)
      try checkpoint.checkTable()
      for document in checkpoint.contents.documents { _ = try checkpoint.text(ofDocument: document.path) }
      for entry in checkpoint.contents.tensors {
        try checkpoint.copyComparedElements(of: entry) { _ in try progress(0) }
      }
      try checkpoint.checkScales(written.scales)
    } catch let error as CheckpointError {
      throw CheckpointError(
        .inputOutput,
        "the new file does not read back as it was written, and was removed; check the disk, and try again (\(error.message))",
        file: path, object: error.object)
    }
  }
}

extension Checkpoint {
  /// Whether the axes of a dataset have dimension scales of the given names, as the library sees them.
  private func areNames(_ names: [String], ofAxesOf path: String) throws -> Bool {
    guard let (group, dataset) = Name(path).splitAtLast("/") else { return false }
    let open = try file.openGroup(group.text)
    return try open.openDataset(dataset.text).dimensionScales() == names.map { [try open.identity(of: $0)] }
  }

  /// Checks that the dimension scales of all tensors have the given names.
  fileprivate func checkScales(_ names: [[String]]) throws(CheckpointError) {
    for (entry, names) in zip(contents.tensors, names) where !names.isEmpty {
      try CheckpointError.about(name) {
        let path = String(entry.path.text.dropFirst())
        guard try file.isNamed(path, byDimensionScales: names) ?? areNames(names, ofAxesOf: path) else {
          throw CheckpointError(
            .damaged, "its axes do not have the dimension scales that were written", file: name, object: entry.path)
        }
      }
    }
  }
}
