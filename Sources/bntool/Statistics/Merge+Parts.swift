import Checkpoints
import Interchange
import JSON
import Messages
import Names

extension Merge {
  /// The parts in the inputs; nil if the first input is not a part.
  ///
  /// - Throws: `DataError` if only some inputs are parts; `InterchangeError` if a part cannot be read.
  func parts() throws -> [TensorPart]? {
    guard let first = pairs.first, (try? ModelFile.format(of: first)) == .safetensors,
      try TensorPart(TensorFile(opening: first)) != nil
    else { return nil }
    return try pairs.map { path in
      guard let part = try TensorPart(TensorFile(opening: path)) else {
        throw DataError(description: "\(path): is not a part, but \(first) is; merge parts only with parts")
      }
      return part
    }
  }

  /// Writes the result that parts make together.
  func merge(_ parts: [TensorPart]) throws {
    if let expect, let part = parts.first(where: { $0.shard.count != expect }) {
      throw NegativeAnswer(
        description:
          "\(part.file.path): is one of \(counted(part.shard.count, "part")), not of \(expect); correct --expect")
    }
    let union = try TensorPartUnion(parts)
    let total = union.entries.reduce(0) { $0 + $1.byteCount }
    try Progress.writing("merging", total: total) { advance in
      if CheckpointDraft.isPresent(in: union.job) {
        try saveModel(union, of: parts[0].file.path, advance)
      } else {
        try saveTensors(union, of: parts[0].file.path, advance)
      }
    }
    try report.show(PartReport(parts: parts.count, tensors: union.entries.count, output: output))
  }

  private func saveModel(_ union: TensorPartUnion, of file: String, _ advance: @escaping (Int) throws -> Void) throws {
    let draft = try CheckpointDraft(texts: union.job, tables: union.tables, in: file)
    // The tables are compared as they are, because a damaged table can have extents that no tensor can have.
    let entries = Dictionary(uniqueKeysWithValues: union.entries.map { ($0.name, $0) })
    let areDescribed = draft.tensors.allSatisfy { described in
      entries[described.path].map { $0.shape.dimensions == described.shape && $0.type == described.type } ?? false
    }
    guard areDescribed, Set(draft.tensors.map(\.path)).count == draft.tensors.count,
      draft.tensors.count == entries.count
    else {
      throw DataError(
        description: "\(file): the tables of the parts do not describe their tensors; write all parts again")
    }
    let written = try ModelFile.writing(to: output) { path in
      try draft.save(to: path, progress: advance) { entry, sink in try union.read(entry.path, blocks: sink) }
    }
    guard let digest = written.parametersDigest else { return }
    let states = written.tensors.compactMap { $0.statistic?.origin.state(besideParameters: digest) }
    let staleCount = states.count { $0 == .stale }
    if staleCount > 0 {
      Console.warn(
        "\(output): \(counted(staleCount, of: states.count, "population statistic")) \(staleCount == 1 ? "is" : "are") stale. "
          + "Estimate them from data: bntool recalibrate \(output) DATA --output FILE")
    }
  }

  private func saveTensors(_ union: TensorPartUnion, of file: String, _ advance: @escaping (Int) throws -> Void) throws
  {
    guard let text = union.job[PartOutput.tensorsKey],
      let metadata = try? JSONValue(parsing: text).member("metadata", { try $0.members().mapValues { try $0.text() } })
    else {
      throw DataError(description: "\(file): a later version of bntool wrote this part; merge it with that version")
    }
    let tensors = union.entries.map { entry in
      OutgoingTensor(entry) { sink in
        try union.read(entry.name) { block in
          try sink(block)
          try advance(block.count)
        }
      }
    }
    try TensorFile.write(tensors, metadata: metadata, to: output, as: FileFormat(extensionOf: output) ?? .checkpoint)
  }
}
