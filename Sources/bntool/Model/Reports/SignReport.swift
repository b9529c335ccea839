import Messages

/// The report of `sign`. schemas/sign.schema.json describes its JSON.
struct SignReport: Report {
  let input: String
  let output: String
  /// The SHA-256 digest of the public key in PEM.
  let keyFingerprint: String
  /// The number of documents and tensors that are signed besides the whole file.
  let objects: Int

  var lines: [String] {
    let parts = objects == 0 ? "" : " with its \(grouped(objects)) documents and tensors,"
    return ["signed \(input)\(parts) by the key \(keyFingerprint.prefix(16))…"] + OutputFile.note(output)
  }
}
