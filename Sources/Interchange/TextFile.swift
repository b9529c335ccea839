/// Text in a file.
public enum TextFile {
  /// The whole text of a UTF-8 file of at most 64 MiB.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.inputOutput`, or `.malformed` for other bytes.
  public static func read(_ path: String) throws(InterchangeError) -> String {
    let file = try ReadableFile(opening: path)
    guard file.byteCount <= 1 << 26 else {
      throw InterchangeError(.unsupported, "has \(file.byteCount) bytes, too many for a description", path: path)
    }
    guard let text = String(validating: try file.read(at: 0, count: file.byteCount), as: UTF8.self) else {
      throw InterchangeError(.malformed, "is not UTF-8 text", path: path)
    }
    return text
  }
}
