import Messages

/// The report of `repack`. schemas/repack.schema.json describes its JSON.
struct RepackReport: Encodable {
  let input: String
  let output: String
  let bytesBefore: Int
  let bytesAfter: Int
  let tensors: Int
  let contentDigest: String

  func show(asJSON: Bool) throws {
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    let ratio = bytesBefore > 0 ? " (\(Formatting.short(100 * Double(bytesAfter) / Double(bytesBefore))) %)" : ""
    try Console.print(
      "\(counted(tensors, "tensor")) · \(Formatting.byteCount(bytesBefore)) → \(Formatting.byteCount(bytesAfter))"
        + "\(ratio) · same content digest \(contentDigest)")
    try Console.print(OutputFile.note(output))
  }
}
