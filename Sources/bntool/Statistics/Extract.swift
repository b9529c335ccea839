import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import Platform
import PopulationStatistics

struct Extract: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", _superCommandName: "bntool",
    abstract: "Extract the recorded update pairs of checkpoints.",
    usage: """
      bntool extract <checkpoint> ... --output <file> [--brick <glob>]
             [--role <role>] [--allow-overlap] [--json] [--quiet | --verbose]
      """,
    discussion: """
      An update pair holds the statistics that one normalization observed in one minibatch: the mean, the standard \
      deviation and the number of observations. A checkpoint without recorded pairs contributes its population \
      statistics as one pair. If these statistics were never estimated, or if they are training averages, extract stops \
      with an error.

      Examples:
        bntool extract snapshot-5.h5 --output pairs.h5
        bntool extract snapshot-*.h5 --brick '/mlp/*_0/*' --output first-layer.h5
        bntool extract snapshot-5.h5 --role BATCH_NORM_POPULATION_MEAN --output m.h5
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(help: .pairsToWrite, completion: .checkpoint)
  var output: String

  @Option(
    help: ArgumentHelp("Extract only bricks with a matching path; * and ? match any characters.", valueName: "glob"))
  var brick: String?

  @Option(
    help: ArgumentHelp(
      "Extract one statistic, BATCH_NORM_POPULATION_MEAN or BATCH_NORM_POPULATION_STDEV, or both, "
        + "BATCH_NORM_POPULATION_STATISTICS (the default).",
      valueName: "role"))
  var role: String?

  @OptionGroup var overlap: OverlapOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints }
  var outputFile: String? { output }
  var outputFormats: Set<FileFormat> { [.checkpoint] }

  func run() throws {
    let statistics = try statisticsOfRole()
    let sources = try checkpoints.map { path in
      try ModelFile.checkpoint(at: path) { try Console.timed("opened \(path)") { try UpdateSource(opening: path) } }
    }
    for source in sources where source.isEmpty {
      throw NegativeAnswer(
        description: "\(source.file): there is nothing to extract, because \(source.reasonForNoPairs)")
    }
    let union = try UpdateUnion(sources, bricks: { path in brick.map { fnmatch($0, path.text, 0) == 0 } ?? true })
    try overlap.check(union, of: sources)
    let updates = UpdateSelection(union, keeping: statistics)
    let step: ProvenanceStep = ["operation": .text("extract"), "inputs": .list(sources.map(\.provenance))]
    do {
      let total = sources.reduce(0) { $0 + $1.byteCount }
      let summary = try Progress.writing("extracting", total: total) { advance in
        try updates.save(to: output, provenance: [step], progress: advance)
      }
      try report.show(UpdatesReport(summary, output: output))
    } catch let error as StatisticsError where error.code == .neverObserved {
      throw NegativeAnswer(
        description: "\(brick.map { "--brick \($0): " } ?? "")no update pair matches; nothing was written. "
          + suggestion(for: brick ?? "", among: bricks(of: sources), noun: "brick"))
    }
  }

  private func bricks(of sources: [UpdateSource]) -> [String] {
    Set(sources.flatMap(\.bricks)).sorted().map(\.text)
  }

  private func statisticsOfRole() throws -> Set<UpdateSet.Statistic> {
    guard let role else { return [.mean, .standardDeviation] }
    switch Name(role.uppercased()) {
    case Role.populationStatistics.name: return [.mean, .standardDeviation]
    case Role.populationMean.name: return [.mean]
    case Role.populationStandardDeviation.name: return [.standardDeviation]
    default:
      throw UsageError(
        description:
          "--role \(role): the roles of update pairs are \(Role.populationMean), \(Role.populationStandardDeviation) and, "
          + "for both, \(Role.populationStatistics)")
    }
  }
}
