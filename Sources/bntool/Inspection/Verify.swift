import ArgumentParser
import Checkpoints

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", _superCommandName: "bntool",
    abstract: "Check checkpoints for damage, contradictions and meaningless statistics.",
    discussion: """
      Reads each file completely, without running the model, and reports all that it finds:
        the structure of the file, its JSON documents, and the digests of all data
        values that are not finite; deviations that are not above 0, or below sqrt(ε)
        statistics that are stale, were never estimated, or have no valid origin
        parameters that no output depends on
        contradictions between graph, table of contents and tree of bricks
        recorded update pairs

      An error breaks the format or makes results meaningless. A warning deserves a second look. A note explains.

      Verify exits with 0 if there are no errors, and with 1 if there are some; with --strict warnings count as errors. A \
      file that is not a checkpoint gives 65, a missing file 66, a read that fails 74. The other files are still verified.

      Examples:
        bntool verify epoch-*.h5
        bntool verify --strict --json release.h5
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Flag(help: "Count warnings as errors.")
  var strict = false

  @OptionGroup var report: ReportOptions

  func run() throws {
    var verifications: [CheckpointVerification] = []
    var failures = Failures()
    for file in files {
      try failures.catching {
        // A file that cannot be opened fails at once, so its size does not matter.
        let total = (try? Checkpoint(opening: file).contents.byteCount) ?? 0
        let verification = try Progress.reading("verifying \(file)", total: total) {
          try CheckpointVerification(file, progress: $0)
        }
        if !report.json { try Console.print(VerifyText(verification: verification).text) }
        verifications.append(verification)
      }
    }
    if report.json { try Console.print(json: ["files": verifications]) }
    try failures.throwFirst()
    let worst = verifications.flatMap(\.findings).map(\.severity).min()
    if worst == .error || (strict && worst == .warning) { throw ReportedFailure(status: .negativeAnswer) }
  }
}
