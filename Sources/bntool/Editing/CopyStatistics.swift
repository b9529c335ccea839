import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct CopyStatistics: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy-statistics", _superCommandName: "bntool",
    abstract: "Put the population statistics of one checkpoint into another.",
    usage: """
      bntool copy-statistics <from> <to> [--select <pattern>]
                             (--output <file> | --dry-run)
                             [--json] [--quiet | --verbose]
      """,
    discussion: """
      Statistics are matched by their paths; whatever is missing or does not fit is listed, and then nothing is written. \
      What stands behind them is copied, too: beside other parameters than those they were estimated with, they are stale.

      Examples:
        bntool copy-statistics epoch-5.h5 average.h5 --output with-statistics.h5
        bntool copy-statistics a.h5 b.h5 --select '/encoder/**.population_*' --output c.h5
      """)

  @Argument(help: "The checkpoint whose statistics to take.", completion: .checkpoint)
  var from: String

  @Argument(help: "The checkpoint that gets them.", completion: .checkpoint)
  var to: String

  @Option(help: ArgumentHelp("Copy the statistics that match, and leave the others.", valueName: "pattern"))
  var select: String?

  @OptionGroup var edit: EditOptions

  var inputFiles: [String] { [from, to] }
  var outputFile: String? { edit.output }

  func run() throws {
    let selector = try select.map { pattern in try Selector(Name(pattern)) }
    let statistics = try SourceModel(from)
    let source = try SourceModel(to)
    let result: (model: Model, copied: [TensorPath])
    do {
      result = try source.model.copyingStatistics(from: statistics.model) { selector?.matches($0) ?? true }
    } catch {
      throw DataError(description: "\(from): does not have the statistics of \(to), nothing was written:\(error)")
    }
    guard !result.copied.isEmpty else {
      throw NegativeAnswer(description: "\(to): no population statistic\(select.map { " matches \($0)" } ?? "")")
    }
    let states = result.model.statisticStates
    let changes = result.copied.map { path in
      EditReport.Change(path: path.description, change: states[path].map(Self.word) ?? "")
    }
    try edit.finish(
      source, result.model, updates: source.updates, operation: "copy-statistics", ["from": statistics.provenanceInput],
      changes: changes)
  }

  private static func word(_ state: StatisticState) -> String {
    switch state {
    case .estimated: "copied, estimated with these parameters"
    case .stale: "copied, stale: estimated with other parameters"
    case .neverEstimated: "copied, never estimated"
    }
  }
}
