import Checkpoints

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Facts about files that messages need.
enum OutputFile {
  /// `wrote averaged.h5 (212 KB)`.
  static func note(_ path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "wrote \(path)" }
    return "wrote \(path) (\(Formatting.byteCount(Int(status.st_size))))"
  }

  /// The name without folders, for provenance.
  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
