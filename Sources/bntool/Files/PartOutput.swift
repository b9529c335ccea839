import Checkpoints
import ComputationGraphs
import Interchange
import JSON
import Messages
import Names
import Platform

/// The part of a result that this process writes, if several processes share the tensors of the result.
struct PartOutput {
  /// The text of a part that describes an average of files of tensors.
  static let tensorsKey: Name = "swift_bricks.tensors"

  let shard: BatchPlan.Shard
  let path: String

  /// The part; nil if this process writes the whole result.
  ///
  /// - Throws: `UsageError` if the options of the shard are wrong, or the output has another format.
  init?(_ sharding: ShardOptions, output: String) throws(UsageError) {
    guard let shard = try sharding.selected() else { return nil }
    self.shard = shard
    path = try sharding.expanded(output)
    guard FileFormat(extensionOf: path) == .safetensors else {
      throw UsageError(
        description:
          "--output \(output): a part is a .safetensors file, and bntool merge makes the result from all parts; name it "
          + "NAME-{shard}.safetensors")
    }
  }

  /// Writes the part of a checkpoint.
  ///
  /// - Parameters:
  ///   - draft: The whole checkpoint.
  ///   - range: The tensors of this part, as indices in the draft.
  ///   - elements: Passes the elements of a tensor to a sink.
  func write(
    _ draft: CheckpointDraft, _ range: Range<Int>, _ label: String,
    elements: @escaping (Contents.Entry, TensorSink) throws -> Void
  ) throws -> PartReport {
    let entries = draft.tensors[range]
    let tensors = entries.map { entry in
      OutgoingTensor(TensorFile.Entry(name: entry.path, shape: Shape(entry.shape), type: entry.type)) { sink in
        try elements(entry, sink)
      }
    }
    let table = try draft.table(of: entries)
    return try Progress.writing(label, total: entries.reduce(0) { $0 + $1.byteCount }) { advance in
      try write(tensors, of: draft.tensors.count, job: draft.texts(), table: table, advance)
    }
  }

  /// Writes the part of tensors that belong to no model.
  func write(
    _ tensors: [OutgoingTensor], of tensorCount: Int, job: [Name: String], table: String = "",
    _ advance: @escaping (Int) throws -> Void = { _ in }
  ) throws -> PartReport {
    let counting = tensors.map { tensor in
      OutgoingTensor(tensor.entry) { sink in
        try tensor.content { block in
          try sink(block)
          try advance(block.count)
        }
      }
    }
    try TensorPart.write(counting, shard, of: tensorCount, job: job, table: table, to: path)
    return PartReport(
      part: shard.number, parts: shard.count, tensors: tensors.count, ofTensors: tensorCount, output: path)
  }

  /// The report of a part that an earlier run of the same job wrote; nil if there is no such part.
  func earlier(_ job: [Name: String]) -> PartReport? {
    let found = ReadFiles.unprotected { try? TensorFile(opening: path) }
    guard let file = found, let part = try? TensorPart(file), part.shard == shard, part.job == job, part.isIntact else {
      return nil
    }
    Console.note("\(path): part \(shard.number) of \(shard.count) is already complete")
    return PartReport(
      part: shard.number, parts: shard.count, tensors: file.entries.count, ofTensors: part.tensorCount, output: path)
  }
}

/// The report of one part of a result, or of the result that `merge` makes from parts. schemas/part.schema.json describes its JSON.
struct PartReport: Report {
  /// The number of the part; nil for the whole result.
  var part: Int?
  let parts: Int
  let tensors: Int
  /// The number of tensors of all parts; nil for the whole result.
  var ofTensors: Int?
  let output: String

  var lines: [String] {
    let text =
      if let part, let ofTensors {
        "part \(part) of \(parts): \(counted(tensors, of: ofTensors, "tensor"))"
      } else {
        "\(counted(parts, "part")) with \(counted(tensors, "tensor"))"
      }
    return [text] + OutputFile.note(output)
  }
}
