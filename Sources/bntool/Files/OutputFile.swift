import Interchange
import Platform

/// Facts about files, for messages and checks.
enum OutputFile {
  /// The note about a written file, such as `wrote averaged.h5 (212 KB)`.
  static func note(_ path: String) -> String {
    let count = byteCount(path)
    return count > 0 ? "wrote \(path) (\(Formatting.byteCount(count)))" : "wrote \(path)"
  }

  /// The size of a file; 0 if it is unknown.
  static func byteCount(_ path: String) -> Int {
    (try? FileStatus(of: path))?.byteCount ?? 0
  }

  /// Whether a path leads to the file of an input, which may be written as `FILE:MEMBER`.
  static func isSame(_ path: String, as input: String) -> Bool {
    guard let output = FileIdentity(of: path), let file = FileIdentity(of: Examples.file(of: input)) else {
      return false
    }
    return output == file
  }

  /// The name without folders, for provenance.
  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
