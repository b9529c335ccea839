import ArgumentParser
import Checkpoints
import ComputationGraphs
import Messages
import PopulationStatistics

struct CopyStatistics: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy-statistics", _superCommandName: "bntool",
    abstract: "Copy the population statistics of one checkpoint into another.",
    usage: """
      bntool copy-statistics <from> <to> [--select <pattern>]
                             (--output <file> | --dry-run)
                             [--json] [--quiet | --verbose]
      """,
    discussion: """
      Statistics are matched by their paths. If some are missing or do not fit, the command lists them and writes nothing. The \
      origin of the statistics is copied, too. A copied statistic is stale if it was estimated with parameters other than those \
      of <to>.

      Examples:
        bntool copy-statistics epoch-5.h5 average.h5 --output with-statistics.h5
        bntool copy-statistics a.h5 b.h5 --select '/lstm/**.population_*' --output c.h5
      """)

  @Argument(help: "The checkpoint with the statistics.", completion: .checkpoint)
  var from: String

  @Argument(help: "The checkpoint that gets the statistics.", completion: .checkpoint)
  var to: String

  @Option(help: ArgumentHelp("Copy only statistics that match.", valueName: "pattern"))
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
      throw DataError(description: "\(from): the statistics do not fit \(to); nothing was written:\(error)")
    }
    guard !result.copied.isEmpty else {
      guard let select else { throw NegativeAnswer(description: "\(to): has no population statistics") }
      throw NegativeAnswer(
        description: "\(to): no population statistic matches \(select). "
          + suggestion(for: select, among: source.model.origins.keys.map(\.description).sorted(), noun: "statistic"))
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
    case .trainingAverage: "copied, a training average that ended with these parameters"
    case .stale: "copied, stale: estimated with other parameters"
    case .neverEstimated: "copied, never estimated"
    }
  }
}
