/// What `repack` reports; schemas/repack.schema.json describes its JSON.
struct RepackReport: Encodable {
  let input: String
  let output: String
  let bytesBefore: Int
  let bytesAfter: Int
  let tensors: Int
  let contentDigest: String

  private enum CodingKeys: String, CodingKey {
    case input, output, tensors
    case bytesBefore = "bytes_before"
    case bytesAfter = "bytes_after"
    case contentDigest = "content_digest"
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    let ratio = bytesBefore > 0 ? " (\(Formatting.short(100 * Double(bytesAfter) / Double(bytesBefore))) %)" : ""
    try Console.print(
      "\(Formatting.counted(tensors, "tensor")) · \(Formatting.byteCount(bytesBefore)) → \(Formatting.byteCount(bytesAfter))"
        + "\(ratio) · content digest \(contentDigest), as before")
    try Console.print(OutputFile.note(output))
  }
}
