import Messages

/// The report of `repack`. schemas/repack.schema.json describes its JSON.
struct RepackReport: Report {
  let input: String
  let output: String
  let bytesBefore: Int
  let bytesAfter: Int
  let tensors: Int
  let contentDigest: String

  var lines: [String] {
    let ratio = bytesBefore > 0 ? " (\(Formatting.short(100 * Double(bytesAfter) / Double(bytesBefore))) %)" : ""
    return [
      "\(counted(tensors, "tensor")) · \(Formatting.byteCount(bytesBefore)) → \(Formatting.byteCount(bytesAfter))"
        + "\(ratio) · same content digest \(contentDigest)"
    ] + OutputFile.note(output)
  }
}
