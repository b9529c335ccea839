import ComputationGraphs
import JSON
import PopulationStatistics

extension Checkpoint {
  /// This file's entry in the provenance of an output: its name without folders, and the digest of its content.
  public var provenanceInput: JSONValue {
    [
      "name": .text(name.split(separator: "/").last.map(String.init) ?? name),
      "content_digest": .text(contentDigest.description),
    ]
  }

  /// Passes all elements of a tensor to a sink, block by block, and checks the digest at the end.
  ///
  /// - Throws: The errors of `reader(of:)`, `TensorReader.next(atMost:)` and the sink.
  public func copyElements(of entry: Contents.Entry, to sink: TensorSink) throws {
    var reader = try reader(of: entry)
    try reader.forEachPiece(sink)
  }

  /// Passes all elements of a tensor to a sink. The dataset of the tensor was already compared with the table of contents.
  func copyComparedElements(of entry: Contents.Entry, to sink: TensorSink) throws {
    var reader = try comparedReader(of: entry)
    try reader.forEachPiece(sink)
  }

  /// Writes the same content to another file, with all tensors in the given storage. The content digest stays the same.
  ///
  /// Parts of the format that this version does not know are not copied.
  ///
  /// - Parameter progress: See `CheckpointDraft.save`.
  /// - Throws: `CheckpointError`, and the errors of `CheckpointDraft.save`.
  public func repack(
    to path: String, storage: TensorStorage, progress: @escaping (Int) throws -> Void = { _ in }
  ) throws {
    try checkTable()
    try CheckpointDraft(copying: self).save(to: path, storage: storage, progress: progress) { entry, sink in
      try copyComparedElements(of: entry, to: sink)
    }
  }

  /// Writes the same content to another file with other population statistics. Parameters and update pairs are copied block by block.
  ///
  /// - Parameters:
  ///   - outline: The outline of this checkpoint, with its current statistics.
  ///   - provenance: The provenance of the output, the latest step last.
  ///   - path: The file to write. It may be this checkpoint's file.
  ///   - progress: See `CheckpointDraft.save`.
  /// - Throws: `CheckpointError`, and the errors of `CheckpointDraft.save`.
  public func save(
    with outline: ModelOutline, provenance: [ProvenanceStep], to path: String,
    progress: @escaping (Int) throws -> Void = { _ in }
  ) throws {
    try draft(with: outline, provenance: provenance, for: path).save(to: path, progress: progress) { entry, sink in
      try copyElements(of: entry, with: outline, to: sink)
    }
  }

  /// A draft of the same content with other population statistics.
  ///
  /// - Parameters:
  ///   - outline: The outline of this checkpoint, with its current statistics.
  ///   - provenance: The provenance of the output, the latest step last.
  ///   - path: The file that will be written, for messages.
  /// - Throws: `CheckpointError` if a document cannot be read, or inference cannot use a statistic.
  public func draft(
    with outline: ModelOutline, provenance: [ProvenanceStep], for path: String
  ) throws(CheckpointError) -> CheckpointDraft {
    try CheckpointPayload.checkStatistics(of: outline, for: path)
    let tensors = contents.tensors.map { entry in
      var entry = entry
      // Update pairs do not need these flags (schemas/ADVICE.md), but other programs may write them.
      if entry.isUpdate { entry.broadcastable = nil }
      if let path = entry.tensorPath, let origin = outline.origins[path] {
        entry.statistic = Contents.Statistic(origin)
        // A new value that is not exact in a 16-bit type gets a wider type instead of being rounded.
        if let tensor = outline.statistics[path], !tensor.isExact(as: entry.type) { entry.type = tensor.type }
      }
      return entry
    }
    return try CheckpointDraft(model: self, tensors: tensors, updates: contents.updates, provenance: provenance)
  }

  /// Passes the elements of a tensor of a draft with other population statistics to a sink.
  ///
  /// - Throws: The errors of `copyElements(of:to:)`.
  public func copyElements(of entry: Contents.Entry, with outline: ModelOutline, to sink: TensorSink) throws {
    if let path = entry.tensorPath, let tensor = outline.statistics[path] {
      try tensor.forEachBlock(as: entry.type, sink)
    } else if let original = self.entry(entry.path) {
      // Read with the entry of this file, because the entry of the output can have another statistic.
      try copyComparedElements(of: original, to: sink)
    }
  }
}
