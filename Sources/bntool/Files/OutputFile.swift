import Interchange
import Platform

/// Facts about the files that commands write, for messages and checks.
enum OutputFile {
  /// The last line of a report, such as `wrote averaged.h5 (212 KB)`; empty if no file was written.
  static func note(_ path: String?) -> [String] {
    guard let path else { return [] }
    let count = byteCount(path)
    return [count > 0 ? "wrote \(path) (\(Formatting.byteCount(count)))" : "wrote \(path)"]
  }

  /// The end of a report's first line if the command writes no file.
  static func dryRunNote(_ output: String?) -> String { output == nil ? " (dry run, nothing was written)" : "" }

  /// The size of a file; 0 if it is unknown.
  static func byteCount(_ path: String) -> Int {
    (try? FileStatus(of: path))?.byteCount ?? 0
  }

  /// Whether a path leads to the same file as an input. The input can have the form `FILE:MEMBER`.
  static func isSame(_ path: String, as input: String) -> Bool {
    guard let output = FileIdentity(of: path), let file = FileIdentity(of: Examples.file(of: input)) else {
      return false
    }
    return output == file
  }

  /// Warns about inputs of an average that are the same file.
  static func warnOfRepeated(_ inputs: [String]) {
    var first: [FileIdentity: String] = [:]
    for input in inputs {
      guard let identity = FileIdentity(of: input) else { continue }
      guard let earlier = first[identity] else {
        first[identity] = input
        continue
      }
      Console.warn("\(input): is \(input == earlier ? "given twice" : "the same file as \(earlier)"), and counts twice")
    }
  }

  /// The name without folders, for provenance.
  static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
