import ArgumentParser
import Checkpoints

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", _superCommandName: "bntool",
    abstract: "Show what checkpoints contain, and which statistics can be trusted.",
    discussion: """
      Prints the tree of bricks with the names and shapes of their tensors. For population statistics, it prints their state:
        ✓ estimated         with the method and the number of observations
        ⚠ never estimated   the values are initial ones
        ⚠ stale             estimated with other parameters than those in the file

      Inspect reads only the table of contents, unless --values is given. If a file cannot be read, the others are still \
      shown.

      Examples:
        bntool inspect snapshot-5.h5
        bntool inspect --values --json snapshot-*.h5
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints and files of update pairs.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Flag(name: .long, help: "Also read each tensor, check its digest, and summarize its values.")
  var values = false

  @OptionGroup var report: ReportOptions

  func run() throws { try Inspect.show(files, withValues: values, asJSON: report.json) }

  /// Prints the reports of files.
  static func show(_ files: [String], withValues: Bool = false, asJSON: Bool = false) throws {
    var failures = Failures()
    let reports = try files.compactMap { file in
      try failures.catching {
        try Console.timed("read \(file)") { try InspectReport(Checkpoint(opening: file), withValues: withValues) }
      }
    }
    if asJSON {
      try Console.print(json: ["files": reports])
    } else if !reports.isEmpty {
      try Console.print(reports.map { InspectText(report: $0).text }.joined(separator: "\n\n"))
    }
    try failures.throwFirst()
  }
}
