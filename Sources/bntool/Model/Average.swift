import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import PopulationStatistics

struct Average: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "average", _superCommandName: "bntool",
    abstract: "Average the parameters of checkpoints into one.",
    usage: """
      bntool average <checkpoint> ... --output <file> [--weights <numbers> | --ema <number>]
             [--select <pattern>] [--statistics <which>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The checkpoints are of one model: the same bricks, graph, and tensors; every difference is listed, and nothing is \
      written then. Parameters are summed in double precision and rounded once, to the type that they have. A number that \
      is not finite is an error that names it.

      What is not averaged is that of the last checkpoint: integers (never divided; where they differ, the report says so), \
      parameters that --select does not match, other persistent tensors. Update pairs are left out.

      How the checkpoints count:
        (default)           all the same
        --weights 1,1,0.5   by a number of at least 0 for each, in their order
        --ema D             r ← (1 − D) r + D s in their order, from the first; D is
                            PyTorch's momentum, 1 − Keras's

      No population statistics are right beside averaged parameters before data are seen again. Whichever are written keep \
      their origin, so that every reader finds them stale:
        --statistics stale  those of the last checkpoint; the default
        --statistics copy:N those of checkpoint N, counted from 1
      Or they are estimated anew from data, in batches of \(BatchOptions.usualSize) in their order, and right then; bntool \
      recalibrate has more options:
        --statistics recalibrate:DATA

      A pattern is a path with wildcards: /mlp/** and *.W select by bricks and names.

      Examples:
        bntool average snapshot-3.h5 snapshot-4.h5 snapshot-5.h5 --output mean.h5
        bntool average epoch-*.h5 --ema 0.1 --output moving.h5
        bntool average a.h5 b.h5 --weights 3,1 --select '/encoder/**' --output c.h5
        bntool average epoch-*.h5 --statistics recalibrate:train.h5:images --output d.h5
      """)

  /// Which population statistics stand beside the average.
  enum Statistics: ExpressibleByArgument {
    /// The last checkpoint's.
    case stale
    /// Those of a checkpoint, counted from 1.
    case copy(Int)
    /// Estimated anew from data.
    case recalibrate(String)

    init?(argument: String) {
      if argument == "stale" {
        self = .stale
      } else if argument.hasPrefix("copy:"), let number = Int(argument.dropFirst(5)) {
        self = .copy(number)
      } else if argument.hasPrefix("recalibrate:"), argument.count > 12 {
        self = .recalibrate(String(argument.dropFirst(12)))
      } else {
        return nil
      }
    }

    /// The place of the data; nil if statistics are taken from a checkpoint.
    var data: String? { if case .recalibrate(let data) = self { data } else { nil } }
  }

  @Argument(
    help: ArgumentHelp("Checkpoints of one model.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What each checkpoint counts for, in their order, such as 1,1,0.5.", valueName: "numbers"))
  var weights: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The weight D of the new one in a moving average, above 0 and at most 1.", valueName: "number"))
  var ema: Double?

  @Option(
    help: ArgumentHelp("Average only parameters that a pattern matches.", valueName: "pattern"))
  var select: String?

  @Option(help: ArgumentHelp("The population statistics: stale, copy:N or recalibrate:DATA.", valueName: "which"))
  var statistics = Statistics.stale

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints + [statistics.data].compactMap { $0 } }
  var outputFile: String? { output }

  func run() throws {
    var averaging = ParameterAveraging(try weighting(), selection: try select.map { try Selector($0) })
    averaging.threads = Progress.threadCount
    if case .copy(let number) = statistics {
      guard checkpoints.indices.contains(number - 1) else {
        throw UsageError(
          description: "--statistics copy:\(number): there are \(checkpoints.count) checkpoints, counted from 1")
      }
      averaging.statisticsSource = number - 1
    }
    if case .recalibrate(let data) = statistics { return try recalibrate(averaging, with: data) }
    let summary = try Progress.writing("averaging", total: totalByteCount()) { advance in
      try averaging.average(checkpoints, to: output, progress: advance)
    }
    let parameters = AverageReport(summary, inputs: checkpoints, method: averaging.weighting.name, output: output)
    try parameters.show(asJSON: report.json)
  }

  /// Averages in memory, estimates the statistics, and writes then.
  private func recalibrate(_ averaging: ParameterAveraging, with data: String) throws {
    _ = try totalByteCount()
    var (payload, summary) = try averaging.payload(averaging: checkpoints)
    guard let average = payload.model else { return }
    let feed = try ModelFeed(average, data: data)
    let calibration = CalibrationData(
      feed: feed, plan: BatchPlan(exampleCount: feed.count, batchSize: BatchOptions.usualSize))
    let model = try Progress.writing(
      "recalibrating", total: feed.count, inWords: Formatting.examples
    ) { try calibration.recalibrated(average, of: "the average", $0) }
    payload.model = model
    payload.provenance.append(["operation": .text("recalibrate"), "data": .text(OutputFile.name(of: data))])
    summary.statisticsFile = data
    summary.statisticStates = Array(model.statisticStates.values)
    try ProcessSignals.deferring { try payload.save(to: output) }
    try AverageReport(
      summary, inputs: checkpoints, method: averaging.weighting.name, estimatedFrom: data, output: output
    ).show(asJSON: report.json)
  }

  private func weighting() throws -> ParameterAveraging.Weighting {
    let weighting: ParameterAveraging.Weighting
    switch (weights, ema) {
    case (nil, nil): weighting = .uniform
    case (let weights?, nil):
      let numbers = weights.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
      weighting = .weights(numbers)
    case (nil, let decay?): weighting = .movingAverage(decay: decay)
    default: throw UsageError(description: "give either --weights or --ema, not both")
    }
    do {
      _ = try weighting.coefficients(count: checkpoints.count)
    } catch {
      throw UsageError(
        description: (weights.map { "--weights \($0): " } ?? ema.map { "--ema \($0): " } ?? "") + error.message)
    }
    return weighting
  }

  /// How many bytes will be written. A pattern that matches nothing is found before anything is read.
  private func totalByteCount() throws -> Int {
    guard let last = checkpoints.last else { return 0 }
    let checkpoint = try Checkpoint(opening: last)
    if let select {
      let selected = checkpoint.tensors(matching: try Selector(select)).filter {
        $0.tensorPath?.collection == .parameters
      }
      guard selected.contains(where: { $0.type.isFloatingPoint }) else {
        throw NegativeAnswer(
          description:
            "--select \(select): matches no parameter of \(last); nothing was written (bntool inspect shows them)")
      }
    }
    return checkpoint.contents.tensors.reduce(0) { $0 + ($1.tensorPath == nil ? 0 : $1.byteCount) }
  }
}
