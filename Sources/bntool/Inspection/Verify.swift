import ArgumentParser
import Checkpoints

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", _superCommandName: "bntool",
    abstract: "Check what shows in checkpoints without running them.",
    discussion: """
      Reads all of each file and goes on after a finding: structure, documents, the digests of all data, values that are \
      not finite, standard deviations not above 0 or below sqrt(ε), where statistics come from, statistics that are stale \
      or were never estimated, parameters that no output depends on, what graph, table and brick tree say of each other, \
      and recorded update pairs.

      An error breaks the format or makes results meaningless; a warning is for a second look; a note explains.

      Exit status: 0 no error, 1 errors (with --strict: errors or warnings), 65 a file is no checkpoint, 66 a file is not \
      there, 74 reading failed. The other files are verified all the same.

      Examples:
        bntool verify epoch-*.h5
        bntool verify --strict --json release.h5
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Flag(help: "Fail on warnings too.")
  var strict = false

  @OptionGroup var report: ReportOptions

  func run() throws {
    var verifications: [CheckpointVerification] = []
    var failures: [CheckpointError] = []
    for file in files {
      do {
        // Of a file that cannot be opened there is little to wait for.
        let total = (try? Checkpoint(opening: file).contents.byteCount) ?? 0
        let verification = try Progress.reading("verifying \(file)", total: total) {
          try CheckpointVerification(file, progress: $0)
        }
        if !report.json { try Console.print(VerifyText(verification: verification).text) }
        verifications.append(verification)
      } catch let error as CheckpointError {
        failures.append(error)
      }
    }
    if report.json { try Console.print(json: ["files": verifications]) }
    if let last = failures.popLast() {
      for failure in failures { Console.error("\(failure)") }
      throw last
    }
    let worst = verifications.flatMap(\.findings).map(\.severity).min()
    if worst == .error || (strict && worst == .warning) { throw PrintedAnswer() }
  }
}
