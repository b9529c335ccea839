import ArgumentParser
import Checkpoints

struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", _superCommandName: "bntool",
    abstract: "Show population statistics in numbers, over channels and time.",
    discussion: """
      For every normalization the range of μ and σ (ε inside), how many observations stand behind each time step, channels \
      that look dead (σ at most 1 % above sqrt(ε) at every observed step), and from which step on the series is stationary: \
      from there to the end every observed step is at most the tolerance from the last one, both in the root mean square \
      over channels of Δμ/σ and in that of log σ-ratio. Of several files also the drift from each to the next.

      Examples:
        bntool stats averaged.h5
        bntool stats epoch-*.h5 --stationary-tolerance 0.05 --json
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints of models.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Option(help: "How far a step of the stationary part may be from the last one.")
  var stationaryTolerance = 0.1

  @OptionGroup var report: ReportOptions

  /// The report's JSON, which schemas/stats.schema.json describes.
  private struct Report: Encodable {
    var files: [StatisticsSummary] = []
    var drift: [StatisticsDrift] = []
  }

  func run() throws {
    guard stationaryTolerance >= 0, stationaryTolerance.isFinite else {
      throw UsageError(
        description: "--stationary-tolerance \(stationaryTolerance): it is a finite number of at least 0")
    }
    var result = Report()
    for (index, file) in files.enumerated() {
      let checkpoint = try Console.timed("opened \(file)") { try Checkpoint(opening: file) }
      result.files.append(try StatisticsSummary(checkpoint, stationaryTolerance: stationaryTolerance))
      if index > 0 {
        result.drift.append(try StatisticsDrift(from: Checkpoint(opening: files[index - 1]), to: checkpoint))
      }
    }
    guard !report.json else {
      try Console.print(json: result)
      return
    }
    let texts = result.files.map { StatsText(tolerance: stationaryTolerance).text(of: $0) }
    try Console.print((texts + result.drift.map(StatsText.text)).joined(separator: "\n\n"))
  }
}
