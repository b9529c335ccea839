import ArgumentParser
import Bricks
import Checkpoints
import Platform
import PopulationStatistics

struct Extract: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", _superCommandName: "bntool",
    abstract: "Take the recorded update pairs out of checkpoints.",
    usage: """
      bntool extract <checkpoint> ... --output <file> [--brick <glob>]
             [--role <role>] [--json] [--quiet | --verbose]
      """,
    discussion: """
      An update pair is what one normalization saw in one minibatch: its mean and standard deviation, and from how many \
      observations. A checkpoint without recorded pairs contributes its population statistics as one pair with its count; \
      one whose statistics were never estimated either is an error.

      Examples:
        bntool extract snapshot-5.h5 --output pairs.h5
        bntool extract snapshot-*.h5 --brick '/mlp/*_0/*' --output first-layer.h5
        bntool extract snapshot-5.h5 --role BATCH_NORM_POPULATION_MEAN --output m.h5
      """)

  @Argument(help: ArgumentHelp("Checkpoints.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(
    help: ArgumentHelp("The file of update pairs to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @Option(
    help: ArgumentHelp("Only bricks whose path matches a glob (* and ? match any characters).", valueName: "glob"))
  var brick: String?

  @Option(
    help: ArgumentHelp(
      "Only pairs of a role: BATCH_NORM_POPULATION_MEAN, BATCH_NORM_POPULATION_STDEV, or both by "
        + "BATCH_NORM_POPULATION_STATISTICS.",
      valueName: "role"))
  var role: String?

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints }
  var outputFile: String? { output }

  func run() throws {
    let statistics = try statisticsOfRole()
    let sources = try checkpoints.map { path in try Console.timed("opened \(path)") { try UpdateSource(opening: path) }
    }
    for source in sources where source.identities.isEmpty {
      throw NegativeAnswer(
        description:
          "\(source.file) has no recorded update pairs, and its statistics were never estimated: nothing to extract")
    }
    let updates = UpdateUnion(
      sources, bricks: { path in brick.map { fnmatch($0, path.text, 0) == 0 } ?? true }, statistics: statistics)
    let step: ProvenanceStep = ["operation": .text("extract"), "inputs": .list(sources.map(\.provenance))]
    do {
      let total = sources.reduce(0) { $0 + $1.byteCount }
      let summary = try Progress.writing("extracting", total: total) { advance in
        try updates.save(to: output, provenance: [step], progress: advance)
      }
      try UpdatesReport(summary, output: output).show(asJSON: report.json)
    } catch let error as StatisticsError where error.code == .neverObserved {
      throw NegativeAnswer(
        description: "no update pair matches; nothing was written (bntool inspect shows the bricks of a checkpoint)")
    }
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
          "--role \(role): update pairs have the roles \(Role.populationMean), \(Role.populationStandardDeviation), "
          + "or \(Role.populationStatistics) for both")
    }
  }
}
