import JSON
import Limits
import Messages
import Platform

/// The index file of a model whose tensors are in several files, called shards: `model.safetensors.index.json` or `NAME.weights.json`.
struct ShardIndex {
  /// The format of the shards.
  let format: FileFormat
  /// The names of the shards in the folder of the index, in ascending order.
  let files: [Name]
  /// The file of each tensor of safetensors shards.
  let fileOfTensor: [Name: Name]
  private let path: String

  /// Reads an index.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  init(_ region: ByteRegion) throws(InterchangeError) {
    path = region.path
    if let problem = ReadingLimits.current.problem(textOf: region.byteCount) {
      throw InterchangeError(.malformed, problem.message, path: path)
    }
    guard let text = String(validating: try region.bytes(at: 0, count: region.byteCount), as: UTF8.self) else {
      throw InterchangeError(.malformed, "is not UTF-8 text", path: path)
    }
    let map: [Name: [Name]] = try InterchangeError.about(region.path) {
      try JSONValue(parsing: text).member("weight_map") { json in
        try json.members().mapValues { value in if case .list = value { try value.names() } else { [try value.name()] }
        }
      }
    }
    let files = Set(map.values.joined())
    for file in files
    where file.isEmpty || file.text.contains("/") || file.text.contains("\\") || file == ".." || file.utf8.contains(0) {
      throw InterchangeError(
        .malformed,
        "the index names the file \"\(file)\", which is not in the index's own folder; write the index again",
        path: region.path)
    }
    guard !files.isEmpty else { throw InterchangeError(.malformed, "the index names no files", path: region.path) }
    self.files = files.sorted()
    if files.allSatisfy({ $0.hasSuffix(".safetensors") }), map.values.allSatisfy({ $0.count == 1 }) {
      format = .safetensors
      fileOfTensor = map.compactMapValues(\.first)
    } else if files.allSatisfy({ $0.hasSuffix(".h5") }) {
      format = .kerasWeights
      fileOfTensor = [:]
    } else {
      throw InterchangeError(
        .malformed, "the index names files that are neither .safetensors nor .h5 files", path: region.path)
    }
  }

  /// The path of a shard.
  func path(of file: Name) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return folder + file.text
  }

  /// Reads all shards, and joins their contents.
  ///
  /// - Throws: The errors of `read` for a shard; `InterchangeError` with code `.malformed` if the shards and the index disagree.
  func content(_ read: (String) throws(InterchangeError) -> TensorContent) throws(InterchangeError) -> TensorContent {
    var entries: [TensorFile.Entry] = []
    var skipped: [TensorFile.Skipped] = []
    var metadata: [Name: String] = [:]
    var places: [(source: any TensorSource, index: Int)] = []
    for file in files {
      let shard: TensorContent
      do {
        shard = try read(path(of: file))
      } catch  where error.code == .notFound {
        throw InterchangeError(
          .notFound,
          "the index names the file \(file), which is not in the folder of the index; fetch all \(counted(files.count, "file"))",
          path: path)
      }
      for (index, entry) in shard.entries.enumerated() {
        guard format != .safetensors || fileOfTensor[entry.name] == file else {
          throw InterchangeError(
            .malformed, "the index does not name the tensor \"\(entry.name)\" of \(file); write the index again",
            path: path)
        }
        entries.append(entry)
        places.append((shard.source, index))
      }
      skipped += shard.skipped
      metadata.merge(shard.metadata) { first, _ in first }
    }
    let names = Set(entries.map(\.name)).union(skipped.map(\.name))
    if let missing = fileOfTensor.keys.filter({ !names.contains($0) }).min() {
      throw InterchangeError(
        .malformed, "the index names the tensor \"\(missing)\", which its file does not hold; fetch all files again",
        path: path)
    }
    return TensorContent(
      format: format, entries: entries, skipped: skipped, metadata: metadata,
      notes: ["the tensors come from \(counted(files.count, "file"))"], source: JoinedSource(places: places))
  }
}
