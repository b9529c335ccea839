import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import PopulationStatistics

struct Collect: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", _superCommandName: "bntool",
    abstract: "Record update pairs by running a model on data.",
    usage: """
      bntool collect <model> <data> --output <pairs> [--batch-size <count>]
             [--seed <number>] [--batches <count>] [--shard <share>]
             [--skip-nonfinite]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The model runs on each batch in training mode, with frozen parameters. Each normalization then yields one update pair: \
      the mean and standard deviation of the batch, and the number of observations.

      Several machines can share the work. With --shard 1/4 to --shard 4/4, each machine takes every fourth batch, and \
      bntool merge makes of the four files exactly the bytes that a single pass writes.

      The data are read one batch at a time, but the pairs of all batches stay in memory until they are written. If a model \
      has several inputs, name the file alone: each input takes the array of its name. With --step the pairs belong to one \
      time step; merge the files of all steps.

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

  @Option(
    help: ArgumentHelp(
      "The share of this machine: I/N is every N-th batch, beginning with the I-th, such as 2/4.", valueName: "share"))
  var shard: String?

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, data] + feeding.inputFiles }
  var outputFile: String? { output }

  func run() throws {
    let shard = try shard.map(Self.shard)
    let checkpoint = try Console.timed("read \(model)") { try ModelFile.model(at: model) }
    let feed = try feeding.feed(checkpoint, of: model, from: data)
    let plan = try batching.plan(for: feed, shard: shard)
    var pass = try Inference.naming(model) { try PopulationPass(checkpoint) }
    let outcome = try Progress.writing(
      "collecting", total: plan.exampleCount, in: .examples
    ) { advance in
      try Inference.naming(model) {
        try pass.observe(plan, of: feed, skippingNonfinite: batching.skipNonfinite, progress: advance)
      }
    }
    batching.warn(of: outcome, in: feed)
    warnAboutIgnored(steps: pass.ignoredStepCount, observations: pass.ignoredObservationCount)
    guard !pass.records.isEmpty else {
      throw NegativeAnswer(description: "\(model): the data reach no normalization, so nothing was written")
    }
    let updates = try pass.updates()
    // The file does not name the shard, so that merged shards have the bytes of a single pass.
    let summary = try ProcessSignals.deferring { try updates.save(to: output) }
    try report.show(UpdatesReport(summary, output: output))
  }

  private static func shard(_ text: String) throws -> BatchPlan.Shard {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      let shard = BatchPlan.Shard(number, of: count)
    else { throw UsageError(description: "--shard \(text): give I/N with I from 1 to N, such as 2/4") }
    return shard
  }
}

extension ParsableCommand {
  /// Warns about data that were left out of the statistics.
  func warnAboutIgnored(steps: Int, observations: Int) {
    if steps > 0 {
      Console.warn(
        "ignored \(counted(steps, "time step")) after the last one with its own statistics "
          + "(counted over all batches and normalizations)")
    }
    if observations > 0 {
      Console.warn(
        "ignored \(counted(observations, "statistic")) of fewer than 2 valid samples (counted over all batches and steps)"
      )
    }
  }
}
