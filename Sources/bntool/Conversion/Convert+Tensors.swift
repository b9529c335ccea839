import Interchange
import Messages
import Names

extension Convert {
  /// Copies tensors to a file of another format, under the given new names.
  func copy(_ file: TensorFile, as target: FileFormat, _ names: [Name: Name], _ result: inout ConvertReport)
    throws
  {
    for name in names.keys.sorted() where file.entry(name) == nil {
      throw DataError(
        description: "--map: \(input) has no tensor \"\(name)\". "
          + suggestion(for: name.text, among: file.entries.map(\.name.text), noun: "tensor"))
    }
    result.notes = file.notes
    result.skipped = file.skipped
    guard allowLoss || file.skipped.isEmpty else {
      let lost = listed(file.skipped.map { "\($0.name): \($0.reason)" }, limit: 4)
      throw DataError(
        description:
          "\(input): \(counted(file.skipped.count, "object")) would be lost (\(lost)); add --allow-loss to leave them out"
      )
    }
    let tensors = file.entries.map { entry in
      let name = names[entry.name] ?? entry.name
      let target = TensorFile.Entry(name: name, shape: entry.shape, type: entry.type, isBoolean: entry.isBoolean)
      result.tensors.append(
        ConvertReport.Tensor(source: entry.name, target: name, type: entry.typeName, shape: entry.shape.dimensions))
      return OutgoingTensor(target) { write in try file.read(entry.name, blocks: write) }
    }
    var metadata = target == .numPyArray && allowLoss ? [:] : file.metadata
    if file.format == .pyTorch, target == .safetensors { metadata["format"] = "pt" }
    try TensorFile.checkWritable(tensors.map(\.entry), metadata: metadata, to: output, as: target)
    guard !dryRun else { return }
    try Progress.writing("converting", total: file.entries.reduce(0) { $0 + $1.byteCount }) { _ in
      try TensorFile.write(tensors, metadata: metadata, to: output, as: target)
    }
  }
}
