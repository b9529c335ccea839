import Foundation
import TestSupport
import Testing

/// The result of one run of the tool.
struct Outcome {
  let status: Int32
  let output: String
  let errors: String
}

/// Runs of the built `bntool`, from the package's folder, with a temporary folder called `TMP` in arguments and texts.
///
/// After each run it is checked that no input changed and that nothing half-written was left behind.
final class Session {
  /// The package's folder.
  static let root = Repository.folder
  /// The built executable, in the folder of the tests.
  static let executable = Bundle.main.bundleURL.appendingPathComponent("bntool").path

  let folder: String
  private(set) var transcript = ""

  init() throws {
    folder = temporaryPath("bntool")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs the tool with arguments separated by spaces, and appends command, output and status to the transcript.
  @discardableResult
  ///
  /// - Parameter columns: The width of the terminal; nil for a pipe.
  func run(_ line: String, columns: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> Outcome {
    let arguments = line.split(separator: " ").map { word in
      word == "''" ? "" : word.replacingOccurrences(of: "TMP", with: folder)
    }
    let inputs = try inputs(among: arguments)
    let outcome = try execute(Session.executable, arguments, columns.map { ["COLUMNS": "\($0)"] } ?? [:])
    for (path, bytes) in inputs {
      #expect(try contents(path) == bytes, "\(path) was changed by \(line)", sourceLocation: sourceLocation)
    }
    #expect(try leftovers() == [], "left behind by \(line)", sourceLocation: sourceLocation)
    transcript +=
      "$ \(columns.map { "COLUMNS=\($0) " } ?? "")bntool\(line.isEmpty ? "" : " ")\(line)\n\(outcome.output)"
    if !outcome.errors.isEmpty { transcript += "stderr: \(outcome.errors)" }
    transcript += "[\(outcome.status)]\n\n"
    return outcome
  }

  /// Runs a line of a POSIX shell, in which `$bntool` is the tool.
  func shell(_ line: String) throws -> Outcome {
    try execute("/bin/sh", ["-c", line.replacingOccurrences(of: "TMP", with: folder)], ["bntool": Session.executable])
  }

  /// The bytes of a file; a relative path starts at the package's folder, `TMP` is the temporary folder.
  func contents(_ path: String) throws -> Data {
    let path = path.replacingOccurrences(of: "TMP", with: folder)
    return try Data(
      contentsOf: path.hasPrefix("/") ? URL(fileURLWithPath: path) : Session.root.appendingPathComponent(path))
  }

  /// The names of hidden files in the temporary folder. The temporary files of commands are hidden.
  func leftovers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasPrefix(".") && !$0.hasPrefix(".session-")
    }
  }

  /// Compares the transcript with the recorded one; with `SNAPSHOTS=record` in the environment it is recorded instead.
  func compare(with name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = Session.root.appendingPathComponent("Tests/bntoolTests/Snapshots/\(name).txt")
    if ProcessInfo.processInfo.environment["SNAPSHOTS"] == "record" {
      try Data(transcript.utf8).write(to: file)
      return
    }
    let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(transcript == recorded, "differs from \(name).txt", sourceLocation: sourceLocation)
  }

  private func execute(_ program: String, _ arguments: [String], _ variables: [String: String] = [:]) throws -> Outcome
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = Session.root
    var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    // Reports for a terminal of this width. Without it, output that is not a terminal is not folded, and help has 80 columns.
    environment["COLUMNS"] = variables["COLUMNS"]
    environment["SOURCE_DATE_EPOCH"] = nil
    process.environment = environment
    // Files, since a pipe that nobody empties blocks the writer.
    let paths = [".session-output", ".session-errors"].map { "\(folder)/\($0)" }
    for path in paths { try Data().write(to: URL(fileURLWithPath: path)) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: paths[0])
    process.standardError = FileHandle(forWritingAtPath: paths[1])
    try process.run()
    process.waitUntilExit()
    let texts = try paths.map { path in
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        .replacingOccurrences(of: folder, with: "TMP")
    }
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Outcome(status: status, output: texts[0], errors: texts[1])
  }

  /// The files that arguments name, except the one after `--output`, with their bytes.
  private func inputs(among arguments: [String]) throws -> [(path: String, bytes: Data)] {
    let output = arguments.firstIndex(of: "--output").flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    return arguments.compactMap { argument in
      let path = argument.split(separator: ":").first.map(String.init) ?? argument
      guard argument.contains("/"), path != output, let bytes = try? contents(path) else { return nil }
      return (path, bytes)
    }
  }
}
