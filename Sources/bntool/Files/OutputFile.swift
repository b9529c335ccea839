import Interchange

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Facts about files that messages need.
enum OutputFile {
  /// `wrote averaged.h5 (212 KB)`.
  static func note(_ path: String) -> String {
    let count = byteCount(path)
    return count > 0 ? "wrote \(path) (\(Formatting.byteCount(count)))" : "wrote \(path)"
  }

  /// The size of a file; 0 where it cannot be told.
  static func byteCount(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Whether a path leads to the file of an input, which may be written as `FILE:MEMBER`.
  static func isSame(_ path: String, as input: String) -> Bool {
    func identity(_ path: String) -> (dev_t, ino_t)? {
      var status = stat()
      return stat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
    }
    guard let output = identity(path), let file = identity(Examples.file(of: input)) else { return false }
    return output == file
  }

  /// The name without folders, for provenance.
  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
