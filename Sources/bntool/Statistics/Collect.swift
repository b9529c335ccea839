import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import Platform
import PopulationStatistics

struct Collect: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", _superCommandName: "bntool",
    abstract: "Record update pairs by running a model on data.",
    usage: """
      bntool collect <model> <data> --output <pairs> [--batch-size <count>]
             [--seed <number>] [--batches <count>] [--shard <shard>]
             [--skip-nonfinite]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The model runs on each batch in training mode, with frozen parameters. Each normalization then yields one update pair: \
      the mean and standard deviation of the batch, and the number of observations.

      Several machines can share the work. With --shard 1/4 to --shard 4/4, each machine takes every fourth batch. \
      bntool merge then merges the four files into exactly the bytes that a single pass would write. With --shard auto, \
      the shard follows from the number of the process in a job of Slurm, Open MPI, torchrun, Kubernetes or Grid \
      Engine. {shard} in the output becomes the name of the shard, such as 2-of-4.

      A shard without batches writes no file. If there is a file of another run at its output, it stops with an error. A shard \
      that is already complete is not computed again. SIGTERM and SIGUSR1 end a shard early: the finished \
      batches are saved, the exit status is 75, and the same command continues the shard.

      The data are read one batch at a time, but the pairs of all batches stay in memory until they are written. If a model \
      has several inputs, name the file alone: each input takes the array with the same name. With --step the pairs belong to one \
      time step; merge the files of all steps.

      Examples:
        bntool collect model.h5 train.h5:images --output pairs.h5
        bntool collect lstm.h5 a.npz:rows --lengths a.npz:lengths --output pairs.h5
        bntool collect model.h5 train.h5:images --shard 2/4 --output shard-2.h5
        srun bntool collect model.h5 a.npy --shard auto --output pairs-{shard}.h5
      """)

  @Argument(help: .model, completion: .checkpoint)
  var model: String

  @Argument(help: .data, completion: .data)
  var data: String

  @Option(
    help: ArgumentHelp("The file of update pairs to write.", valueName: "pairs"), completion: .checkpoint)
  var output: String

  @OptionGroup var batching: BatchOptions

  @OptionGroup var sharding: ShardOptions

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, data] + feeding.inputFiles }
  var outputFile: String? { (try? sharding.expanded(output)) ?? output }
  var outputFormats: Set<FileFormat> { [.checkpoint] }

  func run() throws {
    let output = try sharding.expanded(output)
    if let shard = try sharding.selected() {
      try ProcessSignals.stoppable { try collect(shard, to: output) }
    } else {
      let (_, feed, pass) = try opened()
      // The file of a single pass does not record its options, so that it has the same bytes as merged shards.
      let updates = try collect(batching.plan(for: feed), of: feed, source: feed.source(), with: pass, isWhole: true)
        .updates
      try save(updates, to: output)
    }
  }

  private func opened() throws -> (model: Model, feed: ModelFeed, pass: PopulationPass) {
    let checkpoint = try Console.timed("read \(model)") { try ModelFile.model(at: model) }
    let feed = try feeding.feed(checkpoint, of: model, from: data)
    return (checkpoint, feed, try Inference.naming(model) { try PopulationPass(checkpoint) })
  }

  /// Collects the batches of a shard that are not yet in the output.
  private func collect(_ shard: BatchPlan.Shard, to output: String) throws {
    let stopwatch = Stopwatch()
    let (model, feed, pass) = try opened()
    var plan = try batching.plan(for: feed, shard: shard)
    let source = try feed.source()
    let place = "shard \(shard.number)/\(shard.count)"
    var record = try ShardRecord(shard, model, at: self.model, feed, source: source, batching)
    let earlier = ReadFiles.unprotected { record.earlier(at: output) }
    if let earlier {
      guard !earlier.isComplete else {
        Console.note("\(output): \(place) is already complete")
        if report.json { try report.show(UpdatesReport(earlier.updates.summary, output: output)) }
        return
      }
      plan = plan.skipping(Set(earlier.updates.minibatches.map(\.sequence)))
      Console.note(
        "\(output): continues \(place), with \(counted(earlier.updates.minibatches.count, "batch")) from an earlier run"
      )
    }
    let collected = try collect(plan, of: feed, source: source, with: pass)
    let updates = try UpdateSet(unionOf: [earlier?.updates ?? UpdateSet(), collected.updates])
    record.isComplete = !collected.isStopped
    if !updates.isEmpty { try save(updates, to: output, provenance: [record.step]) }
    guard record.isComplete else {
      throw Unfinished(
        description:
          "\(output): stopped by a signal, with \(counted(updates.minibatches.count, "batch")) of \(place); run the "
          + "same command again to continue")
    }
    if updates.isEmpty {
      guard (try? FileStatus(of: output)) == nil else {
        throw OutputError(
          status: .cannotCreate,
          description:
            "\(output): is of another run, and \(place) has no batch that gives update pairs to replace it with; remove this file, "
            + "so that its pairs are not merged")
      }
      Console.note("\(place) has no batch that gives update pairs, so nothing was written")
    }
    let summary = record.summary(examples: collected.exampleCount, seconds: stopwatch.seconds)
    if sharding.isAutomatic { Console.note(summary) } else { Console.tell(summary) }
  }

  /// Observes the batches of a plan until the end, or until a scheduler asks for the end.
  ///
  /// - Parameter isWhole: Whether the plan is not a shard. A shard may have no usable example.
  private func collect(
    _ plan: BatchPlan, of feed: ModelFeed, source: Name, with pass: PopulationPass, isWhole: Bool = false
  ) throws -> (updates: UpdateSet, exampleCount: Int, isStopped: Bool) {
    var pass = pass
    var exampleCount = 0
    var isStopped = false
    try Progress.writing("collecting", total: plan.exampleCount, in: .examples) { advance in
      try Inference.naming(model) {
        do {
          let outcome = try pass.observe(
            plan, of: feed, source: source, skippingNonfinite: batching.skipNonfinite
          ) { count in
            exampleCount += count
            try advance(count)
            try ProcessSignals.checkStop()
          }
          if isWhole { try LeftOut.check(outcome, of: feed, count: plan.exampleCount) }
          LeftOut.warn(outcome, of: feed)
        } catch is Stop {
          isStopped = true
        }
      }
    }
    LeftOut.warn(steps: pass.ignoredStepCount, observations: pass.ignoredObservationCount)
    return (try pass.updates(), exampleCount, isStopped)
  }

  private func save(_ updates: UpdateSet, to output: String, provenance: [ProvenanceStep] = []) throws {
    guard !updates.isEmpty else {
      throw NegativeAnswer(description: "\(model): no normalization observed any data, so nothing was written")
    }
    for (brick, channel, step) in try updates.zeroDeviations() {
      Console.warn(
        "\(brick): the numbers of \(Formatting.place(channel: channel, step: step)) are all equal, and ε is 0, so its standard "
          + "deviation is 0, and these pairs cannot be averaged alone; set a greater ε, and collect again: "
          + SetEpsilon.command(for: model))
    }
    let summary = try ProcessSignals.deferring { try updates.save(to: output, provenance: provenance) }
    try report.show(UpdatesReport(summary, output: output))
  }
}
