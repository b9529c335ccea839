import ArgumentParser
import Checkpoints

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", _superCommandName: "bntool",
    abstract: "Show what a checkpoint holds, and how far its statistics can be trusted.",
    discussion: """
      Prints the brick tree with shapes, and for every population statistic whether it was estimated (from how many \
      observations, by which method), never estimated, or is stale: estimated with other parameters than those beside it. \
      Reads the table of contents only; --values reads and checks every tensor.

      Examples:
        bntool inspect snapshot-5.h5
        bntool inspect --values --json snapshot-*.h5
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Flag(name: .long, help: "Read every tensor, check its digest, and summarize its values.")
  var values = false

  @OptionGroup var report: ReportOptions

  func run() throws { try Inspect.show(files, withValues: values, asJSON: report.json) }

  /// Prints the reports of files.
  static func show(_ files: [String], withValues: Bool = false, asJSON: Bool = false) throws {
    var reports: [InspectReport] = []
    for file in files {
      try Console.timed("read \(file)") {
        reports.append(try InspectReport(Checkpoint(opening: file), withValues: withValues))
      }
    }
    if asJSON {
      try Console.print(json: ["files": reports])
    } else {
      try Console.print(reports.map { InspectText(report: $0).text }.joined(separator: "\n\n"))
    }
  }
}
