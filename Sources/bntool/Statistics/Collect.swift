import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import PopulationStatistics

struct Collect: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", _superCommandName: "bntool",
    abstract: "Record update pairs from data.",
    usage: """
      bntool collect <model> <data> --output <pairs> [--batch-size <count>]
             [--seed <number>] [--batches <count>] [--shard <share>]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      Every batch runs through the model in training mode, parameters frozen, and leaves one update pair for each \
      normalization. A batch is named after the data and its examples, so that pairs from several machines unite: with \
      --shard 1/4 … 4/4 each takes every fourth batch, and bntool merge makes of the four files the very bytes of one \
      pass over all.

      The data are read a batch at a time; the pairs of all batches are kept in memory until they are written. A model \
      with several inputs takes the arrays of their names in one file. With --step the pairs are those of one time step; \
      merged, those of several steps are pairs of all.

      Examples:
        bntool collect model.h5 train.h5:images --output pairs.h5
        bntool collect lstm.h5 a.npz:rows --lengths a.npz:lengths --output pairs.h5
        bntool collect model.h5 train.h5:images --shard 2/4 --output shard-2.h5
      """)

  @Argument(help: "The model's checkpoint.", completion: .checkpoint)
  var model: String

  @Argument(help: "The data: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", completion: .data)
  var data: String

  @Option(
    help: ArgumentHelp("The file of update pairs to write.", valueName: "pairs"), completion: .checkpoint)
  var output: String

  @OptionGroup var batching: BatchOptions

  @Option(help: ArgumentHelp("Take every N-th batch, from the I-th on: I/N, such as 2/4.", valueName: "share"))
  var shard: String?

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, data] + feeding.inputFiles }
  var outputFile: String? { output }

  func run() throws {
    let shard = try shard.map(Self.shard)
    let checkpoint = try Console.timed("read \(model)") { try Model(checkpoint: model) }
    let feed = try feeding.feed(checkpoint, of: model, from: data)
    let plan = try batching.plan(for: feed, shard: shard)
    var pass = try Inference.naming(model) { try PopulationPass(checkpoint) }
    let leftOutCount = try Progress.writing(
      "collecting", total: plan.exampleCount, inWords: Formatting.examples
    ) { advance in
      try Inference.naming(model) { try pass.observe(plan, of: feed, progress: advance) }
    }
    batching.warn(ofLeftOut: leftOutCount, in: feed)
    warn(of: pass.ignoredStepCount, pass.ignoredObservationCount)
    guard !pass.records.isEmpty else {
      throw NegativeAnswer(description: "\(model): no normalization was observed; nothing was written")
    }
    let updates = try pass.updates()
    // Without a word on the shard: united they shall be the bytes of one pass.
    let summary = try ProcessSignals.deferring { try updates.save(to: output) }
    try UpdatesReport(summary, output: output).show(asJSON: report.json)
  }

  private static func shard(_ text: String) throws -> BatchPlan.Shard {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      let shard = BatchPlan.Shard(number, of: count)
    else { throw UsageError(description: "--shard \(text): write I/N, the I-th of N shares, such as 2/4") }
    return shard
  }
}

extension ParsableCommand {
  /// Says what of the data was no part of the statistics.
  func warn(of ignoredSteps: Int, _ ignoredObservations: Int) {
    if ignoredSteps > 0 {
      Console.warn(
        "\(Formatting.counted(ignoredSteps, "time step")) past the last with statistics of its own left out, over all batches and "
          + "normalizations")
    }
    if ignoredObservations > 0 {
      Console.warn(
        "\(Formatting.counted(ignoredObservations, "statistic")) of fewer than 2 valid samples left out, over all batches and steps"
      )
    }
  }
}
