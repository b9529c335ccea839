import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import PopulationStatistics

struct Average: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "average", _superCommandName: "bntool",
    abstract: "Average the parameters of checkpoints.",
    usage: """
      bntool average <checkpoint> ... --output <file>
             [--weights <numbers> | --ema-decay <number>]
             [--select <pattern>] [--statistics <which>]
             [--shard <shard>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The checkpoints must hold the same model: the same bricks, graph and tensors. If they differ, average lists every \
      difference and writes nothing. It sums parameters in double precision and rounds them once, to their own type. A \
      parameter that is not finite is an error.

      Everything else comes from the last checkpoint: parameters that --select does not match, integers, and other saved \
      tensors. The report names integers that differ. Recorded update pairs are not copied.

      Models of Keras and ONNX are averaged like checkpoints. The extension of the output chooses its format: a checkpoint (.h5), or \
      .safetensors, .npz, .keras, .weights.h5 or .onnx.

      Files of named tensors, such as state dictionaries of PyTorch, are averaged in the same way. The output is then a .safetensors, \
      .npz or .npy file, and integers come from the last file.

      By default all checkpoints have the same weight:
        --weights 1,1,0.5   one weight of at least 0 for each checkpoint, in order
        --ema-decay D       the moving average r ← D r + (1 − D) p in the order of the
                            checkpoints, from the first; D is the weight of the old
                            value, as in torch.optim.swa_utils

      Averaged parameters need new population statistics. Statistics that are copied are marked stale:
        --statistics stale  copy those of the last checkpoint; the default
        --statistics copy:N copy those of checkpoint N, counted from 1
        --statistics recalibrate:DATA
                            estimate new ones from data, in batches of \(BatchOptions.usualSize);
                            bntool recalibrate has more options

      Several processes can share a large model. With --shard 1/4 to --shard 4/4, or --shard auto under a scheduler, each \
      process averages a fourth of the bytes, and writes a part: a .safetensors file. bntool merge makes from all parts \
      exactly the bytes that one process would write. A part of checkpoints that is already complete is not computed again.

      A pattern is a path with wildcards: * stands for any part of a name, ** for any number of names. A pattern without a \
      leading / matches at any depth: *.W matches every tensor W.

      Examples:
        bntool average snapshot-3.h5 snapshot-4.h5 snapshot-5.h5 --output mean.h5
        bntool average epoch-*.h5 --ema-decay 0.9 --output moving.h5
        bntool average a.h5 b.h5 --weights 3,1 --select '/encoder/**' --output c.h5
        bntool average epoch-*.h5 --statistics recalibrate:train.h5:x --output d.h5
        bntool average epoch-*.pt --output mean.safetensors
        srun bntool average a.h5 b.h5 --shard auto --output part-{shard}.safetensors
      """)

  /// The choices of population statistics for the average.
  enum Statistics: ExpressibleByArgument {
    /// The statistics of the last checkpoint.
    case stale
    /// The statistics of the checkpoint with this number, counted from 1.
    case copy(Int)
    /// New statistics, estimated from data.
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

    static let allValueStrings = ["stale", "copy:N", "recalibrate:DATA"]

    /// The data for the estimate; nil if the statistics come from a checkpoint.
    var data: String? { if case .recalibrate(let data) = self { data } else { nil } }
  }

  @Argument(
    help: ArgumentHelp("Checkpoints of the same model.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("One weight for each checkpoint, in their order, such as 1,1,0.5.", valueName: "numbers"))
  var weights: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Compute a moving average. D, the weight of the old value, is at least 0 and below 1.", valueName: "number"))
  var emaDecay: Double?

  @Option(
    help: ArgumentHelp("Average only parameters that match.", valueName: "pattern"))
  var select: String?

  @Option(help: ArgumentHelp("The population statistics of the output.", valueName: "which"))
  var statistics = Statistics.stale

  @OptionGroup var sharding: ShardOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints + [statistics.data].compactMap { $0 } }
  var outputFile: String? { (try? sharding.expanded(output)) ?? output }

  func run() throws {
    let part = try PartOutput(sharding, output: output)
    if part != nil, statistics.data != nil {
      throw UsageError(
        description:
          "--statistics: a part has no complete model to estimate statistics with; merge the parts, and then run bntool recalibrate"
      )
    }
    guard let views = try models() else {
      let files = try checkpoints.map { try ModelFile.tensors(at: $0) }
      OutputFile.warnOfRepeated(checkpoints)
      return try averageTensors(files, weighting(), part)
    }
    OutputFile.warnOfRepeated(checkpoints)
    defer { withExtendedLifetime(views) {} }
    let files = views.map(\.file)
    var averaging = ParameterAveraging(try weighting(), selection: try select.map { try Selector(Name($0)) })
    averaging.threads = Progress.threadCount
    if case .copy(let number) = statistics {
      guard checkpoints.indices.contains(number - 1) else {
        throw UsageError(
          description: "--statistics copy:\(number): give the number of a checkpoint, from 1 to \(checkpoints.count)")
      }
      averaging.statisticsSource = number - 1
    }
    if case .recalibrate(let data) = statistics { return try recalibrate(files, averaging, with: data) }
    let byteCount = try totalByteCount(files)
    if let part { return try report.show(write(part, of: averaging.prepare(files))) }
    let summary = try Progress.writing("averaging", total: byteCount) { advance in
      try ModelFile.writing(to: output) { try averaging.average(files, to: $0, progress: advance) }
    }
    try report.show(
      AverageReport(summary, inputs: checkpoints, method: averaging.weighting.name, output: output))
  }

  /// The inputs as models; nil if they hold only tensors.
  ///
  /// - Throws: `DataError` if some of the inputs hold models and other inputs hold only tensors.
  private func models() throws -> [CheckpointView]? {
    let views = try checkpoints.map { ($0, try CheckpointView.ofModel($0)) }
    let models = views.compactMap(\.1)
    guard !models.isEmpty, let tensors = views.first(where: { $0.1 == nil })?.0 else {
      return models.isEmpty ? nil : models
    }
    throw DataError(
      description:
        "\(tensors): holds only tensors, but other inputs hold models; convert all files to one format with bntool convert"
    )
  }

  /// Averages the tensors of one part.
  private func write(_ part: PartOutput, of average: PreparedAverage) throws -> PartReport {
    if let earlier = try part.earlier(average.draft.texts()) { return earlier }
    let range = part.shard.items(weighing: average.draft.tensors.map(\.byteCount))
    return try part.write(average.draft, range, "averaging", elements: average.elements)
  }

  /// Averages in memory, estimates the statistics, and then writes.
  private func recalibrate(_ files: [CheckpointFile], _ averaging: ParameterAveraging, with data: String) throws {
    _ = try totalByteCount(files)
    var (payload, summary) = try averaging.payload(averaging: files)
    guard let average = payload.model else { return }
    let feed = try ModelFeed(average, data: data)
    let plan = BatchPlan(exampleCount: feed.count, batchSize: BatchOptions.usualSize)
    let calibration = CalibrationData(feed, plan, skipsNonfinite: false)
    let model = try Progress.writing(
      "recalibrating", total: feed.count, in: .examples
    ) { try calibration.recalibrated(average, of: "the average", $0) }
    payload.model = model
    payload.provenance.append(["operation": .text("recalibrate"), "data": .text(OutputFile.name(of: data))])
    summary.statisticsFile = data
    summary.statisticStates = Array(model.statisticStates.values)
    try ProcessSignals.deferring { try ModelFile.save(payload, to: output) }
    try report.show(
      AverageReport(
        summary, inputs: checkpoints, method: averaging.weighting.name, estimatedFrom: data, output: output))
  }

  private func weighting() throws -> ParameterAveraging.Weighting {
    switch (weights, emaDecay) {
    case (nil, nil): return .uniform
    case (let weights?, nil):
      return .weights(try Weights(weights, count: checkpoints.count, noun: "checkpoint").numbers)
    case (nil, let decay?):
      let average = ParameterAveraging.Weighting.movingAverage(emaDecay: decay)
      do {
        _ = try average.coefficients(count: checkpoints.count)
      } catch {
        throw UsageError(
          description: "--ema-decay \(Formatting.exact(decay)): give a number of at least 0 and below 1")
      }
      return average
    default: throw UsageError(description: "give either --weights or --ema-decay, not both")
    }
  }

  private func parameterPaths(of checkpoint: borrowing Checkpoint) -> [String] {
    checkpoint.contents.tensors.compactMap(\.tensorPath).filter { $0.collection == .parameters }.map(\.description)
  }

  /// The number of bytes to write.
  ///
  /// - Throws: `NegativeAnswer` if the pattern of `--select` matches no parameter, before any tensor is read.
  private func totalByteCount(_ files: [CheckpointFile]) throws -> Int {
    guard let last = files.last else { return 0 }
    let checkpoint = try Checkpoint(opening: last)
    if let select {
      let selected = checkpoint.tensors(matching: try Selector(Name(select))).filter {
        $0.tensorPath?.collection == .parameters
      }
      guard selected.contains(where: { $0.type.isFloatingPoint }) else {
        throw NegativeAnswer(
          description: "--select \(select): no parameter of \(last.name) matches; nothing was written. "
            + suggestion(for: select, among: parameterPaths(of: checkpoint), noun: "parameter"))
      }
    }
    return checkpoint.contents.tensors.reduce(0) { $0 + ($1.tensorPath == nil ? 0 : $1.byteCount) }
  }
}
