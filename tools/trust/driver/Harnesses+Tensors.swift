import Checkpoints
import Interchange
import ModelFormats

/// Opens a file of named tensors and reads everything, as `verify` does.
private func readTensors(_ path: String) throws {
  let file = try TensorFile(opening: path)
  for entry in file.entries { try? file.read(entry.name) { _ in } }
}

extension Harness {
  static let npy = Harness(
    name: "npy", seeds: [("fixtures/foreign", [".npy"]), ("fixtures/malformed/files", [".npy"])], fileName: "input.npy"
  ) { path in
    let array = try NumPyArray(opening: path)
    _ = try array.read()
  }

  static let npz = Harness(
    name: "npz", seeds: [("fixtures/foreign", [".npz"]), ("fixtures/malformed/files", [".npz"])], fileName: "input.npz",
    repair: FormatMutation.repairZip, read: readTensors)

  static let safetensors = Harness(
    name: "safetensors",
    seeds: [("fixtures/foreign", [".safetensors"]), ("fixtures/malformed/files", [".safetensors"])],
    fileName: "input.safetensors", mutate: FormatMutation.safetensors, read: readTensors)

  /// Parts of results, as `merge` reads them.
  static let parts = Harness(
    name: "parts", seeds: [("tools/trust/seeds", [".safetensors"])], fileName: "input.safetensors",
    mutate: FormatMutation.safetensors, repair: FormatMutation.repairPart
  ) { path in
    guard let part = try TensorPart(TensorFile(opening: path)) else { return }
    let union = try TensorPartUnion([part])
    if CheckpointDraft.isPresent(in: union.job) {
      let draft = try CheckpointDraft(texts: union.job, tables: union.tables, in: path)
      _ = draft.tensors.map(\.byteCount)
    }
    for entry in union.entries { try union.read(entry.name) { _ in } }
  }

  static let shards = Harness(
    name: "shards",
    seeds: [
      ("fixtures/foreign", [".index.json"]), ("fixtures/keras", [".weights.json"]),
      ("fixtures/malformed/files", [".index.json"]),
    ],
    fileName: "input.index.json", mutate: TextMutation.json, read: readTensors)

  static let pyTorch = Harness(
    name: "pytorch", seeds: [("fixtures/foreign", [".pt", ".pth"]), ("fixtures/malformed/files", [".pt"])],
    fileName: "input.pt",
    repair: FormatMutation.repairZip, read: readTensors)

  static let blocks = Harness(
    name: "blocks", seeds: [("fixtures/foreign", [".tar"]), ("fixtures/malformed/files", [".tar"])],
    fileName: "input.tar",
    repair: {
      FormatMutation.repairZip(&$0)
      FormatMutation.repairTar(&$0)
    }, read: readTensors)

  static let kerasArchive = Harness(
    name: "keras", seeds: [("fixtures/keras", [".keras"]), ("fixtures/foreign", [".keras"])], fileName: "input.keras",
    mutate: FormatMutation.archive, repair: FormatMutation.repairZip
  ) { path in
    try? readTensors(path)
    _ = try KerasFormat.model(at: path)
  }

  static let kerasHDF5 = Harness(
    name: "keras-hdf5", seeds: [("fixtures/keras", [".h5"]), ("fixtures/foreign", [".weights.h5"])],
    fileName: "input.h5",
    repair: FormatMutation.repairHDF5
  ) { path in
    try? readTensors(path)
    _ = try KerasFormat.model(at: path)
  }

  static let onnx = Harness(
    name: "onnx", seeds: [("fixtures/onnx", [".onnx"])], fileName: "input.onnx", mutate: ProtobufMutation.mutate
  ) { path in
    try? readTensors(path)
    _ = try ONNXFormat.model(at: path)
  }
}
