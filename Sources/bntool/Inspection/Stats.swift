import ArgumentParser
import Checkpoints
import Interchange

struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", _superCommandName: "bntool",
    abstract: "Show population statistics in numbers, over channels and time steps.",
    discussion: """
      For each normalization, stats prints:
        μ and σ      the range over channels; σ = sqrt(variance + ε)
        count        the number of observations of each time step
        dead         channels with σ at most 1 % above sqrt(ε) at each observed step
        to last      the distance of each time step from the last observed step
        stationary   the first step from which on all distances are at most the
                     tolerance
      With 16 steps or more, it prints some of the steps, and rows of bars that show the course over all steps.

      A distance is the greater of two root mean squares over channels: one of Δμ/σ, and one of the logarithm of the \
      σ-ratio. If several files are given, stats also prints the drift from each file to the next. If a file cannot be \
      read, the others are still shown.

      For files of named tensors, stats prints the ranges and the dead features of each batch normalization.

      Examples:
        bntool stats averaged.h5
        bntool stats epoch-*.h5 --stationary-tolerance 0.05 --json
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints of models.", valueName: "checkpoint"), completion: .checkpoint)
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The greatest distance of a stationary step from the last step.", valueName: "number"))
  var stationaryTolerance = 0.1

  @OptionGroup var report: ReportOptions

  /// The report. schemas/stats.schema.json describes its JSON.
  private struct Summary: Report {
    var files: [AnyReport] = []
    var drift: [StatisticsDrift] = []

    var lines: [String] { [(files.map(\.text) + drift.map(StatsText.text)).joined(separator: "\n\n")] }
  }

  func run() throws {
    guard stationaryTolerance >= 0, stationaryTolerance.isFinite else {
      throw UsageError(
        description:
          "--stationary-tolerance \(Formatting.exact(stationaryTolerance)): give a finite number of at least 0")
    }
    var result = Summary()
    var failures = Failures()
    var last: CheckpointView?
    defer { withExtendedLifetime(last) {} }
    for file in files {
      try failures.catching {
        guard let view = try CheckpointView.ofModel(file) else {
          result.files.append(AnyReport(try TensorStatisticsReport(ModelFile.tensors(at: file))))
          return
        }
        let checkpoint = try Console.timed("opened \(file)") { try Checkpoint(opening: view.file) }
        result.files.append(AnyReport(try StatsText(checkpoint, tolerance: stationaryTolerance)))
        if let last { result.drift.append(try StatisticsDrift(from: Checkpoint(opening: last.file), to: checkpoint)) }
        last = view
      }
    }
    if report.json || !result.files.isEmpty { try report.show(result) }
    try failures.throwFirst()
  }
}
