import ArgumentParser
import Checkpoints
import ComputationGraphs
import Messages
import Platform
import PopulationStatistics

struct AverageStats: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "average-stats",
    _superCommandName: "bntool",
    abstract: "Average update pairs into the population statistics of a model.",
    usage: """
      bntool average-stats <input> ... --output <file> [--model <checkpoint>]
             [--method <method>] [--smoothing-factor <number>] [--bessel-correction]
             [--weights <numbers>] [--allow-prior] [--allow-overlap]
             [--threads <count>] [--shard <shard>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The inputs are checkpoints and files of update pairs. A checkpoint without recorded pairs contributes its population \
      statistics as one pair, unless they are training averages. The output is the model with averaged statistics and unchanged parameters.

      If all pairs were computed with the parameters of the model, pooling is exact: it gives the statistics of all \
      observations together. If some pairs were computed with other parameters, their average is only a prior: it is not the \
      statistics of any model, so average-stats refuses it. With --allow-prior it averages these pairs, too, and marks the \
      result as stale. Pairs of minibatches that have examples in common are also refused.

      The methods average pairs of n observations each, with the mean m, the biased variance v and the standard deviation \
      s = sqrt(v + ε):
        pooled              the mean and variance of all observations together, by
                            the law of total variance; the default
        mean-of-variances   the means of m and of v; each pair counts the same
                            (Cooijmans et al., arXiv 1603.09025)
        mean-of-deviations  the means of m and of s; each pair counts the same
        moving-average      r ← (1 − A) r + A x for m and for s, in the order of
                            recording; starts at the model's statistics if they were
                            estimated before, else at the first pair
        moving-variance     r ← (1 − A) r + A x for m and for v, as Keras keeps them
                            and, with --bessel-correction, PyTorch; starts at the
                            model's statistics if they were estimated before, else
                            at mean 0 and variance 1
      Only pooled and mean-of-deviations take --weights. With weights, pooled counts each observation with the weight of its input, so \
      the result is not exact. The numbers of observations in reports do not include weights.

      A is the smoothing factor: the weight of the new pair. It is the momentum of PyTorch, and 1 − the momentum of Keras.

      Several processes can share a large model. With --shard 1/4 to --shard 4/4, or --shard auto under a scheduler, each \
      process averages and copies a fourth of the bytes, and writes a part: a .safetensors file. bntool merge makes from all \
      parts exactly the bytes that one process would write.

      Examples:
        bntool average-stats snapshot-5.h5 --output averaged.h5
        bntool average-stats pairs-*.h5 --model model.h5 --output averaged.h5
        bntool average-stats a.h5 --method moving-variance --smoothing-factor 0.1 \\
          --bessel-correction --output b.h5
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints and files of update pairs.", valueName: "input"),
    completion: .checkpoint)
  var inputs: [String]

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @Option(
    help: ArgumentHelp(
      "The model that gets the averaged statistics. Its own statistics do not count, unless it is also an input. By default, it is the "
        + "last checkpoint among the inputs.",
      valueName: "checkpoint"),
    completion: .checkpoint)
  var model: String?

  @OptionGroup var estimation: EstimatorOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "One weight for the pairs of each input, in the order of the inputs, such as 1,1,0.5; for pooled and mean-of-deviations.",
      valueName: "numbers"))
  var weights: String?

  @Flag(help: "Also average pairs of other parameters than the model's, and mark the result as stale.")
  var allowPrior = false

  @OptionGroup var overlap: OverlapOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of threads. The result does not depend on it.", valueName: "count"))
  var threads = 1

  @OptionGroup var sharding: ShardOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { inputs + [model].compactMap { $0 } }
  var outputFile: String? { (try? sharding.expanded(output)) ?? output }

  func run() throws {
    guard threads >= 1 else { throw UsageError(description: "--threads \(threads): give at least 1") }
    let part = try PartOutput(sharding, output: output)
    let estimator = try estimation.estimator()
    OpenFileLimit.raise()
    let views = try inputs.map { try CheckpointView($0) }
    defer { withExtendedLifetime(views) {} }
    let sources = try views.map { view in
      let source = try Console.timed("opened \(view.file.name)") { try UpdateSource(opening: view.file) }
      try source.releaseLibrary()
      return source
    }
    let weights = try weights(of: sources)
    let modelView = try model.map { try CheckpointView($0) }
    defer { withExtendedLifetime(modelView) {} }
    let base = try baseModel(modelView?.file, among: sources)
    warnAboutEmpty(sources, except: base.file)
    if model == nil { warnAboutOwnStatistics(of: base.source, among: sources) }
    let updates = try UpdateUnion(sources)
    guard !updates.isEmpty else {
      throw NegativeAnswer(
        description:
          "\(inputs.joined(separator: ", ")): there is nothing to average, because \(sources[0].reasonForNoPairs). Record pairs from "
          + "data: bntool collect MODEL DATA --output PAIRS")
    }
    try overlap.check(updates, of: sources)
    ShardCheck.warnAboutUnfinished(sources)
    let averaging = StatisticAveraging(
      estimator, weights: self.weights.map { _ in weights }, allowsPrior: allowPrior, allowsOverlap: true,
      threads: threads)
    if let part { return try report.show(write(part, updates, averaging, base, sources)) }
    let checkpoint = base.source
    let result = try average(updates, averaging, base)
    let step = try provenance(sources, checkpoint, result.regime)
    let total = checkpoint.checkpoint.contents.tensors.reduce(0) { $0 + $1.byteCount }
    try Progress.writing("writing", total: total) { advance in
      try ModelFile.writing(to: output) {
        try checkpoint.checkpoint.save(
          with: result.model, provenance: checkpoint.checkpoint.provenance() + [step], to: $0, progress: advance)
      }
    }
    try report.show(
      AverageStatsReport(
        inputs: inputs, model: base.file, method: estimator.name, isWeighted: Set(weights.values).count > 1,
        regime: result.regime, batches: updates.minibatches.count, changes: result.changes, output: output))
  }

  // MARK: Inputs

  /// The model that gets the averaged statistics.
  private func baseModel(_ model: CheckpointFile?, among sources: [UpdateSource]) throws -> Base {
    guard let path = model?.name ?? sources.last(where: { $0.outline != nil })?.file else {
      throw UsageError(
        description: "the inputs hold only update pairs; name the model that they belong to: --model MODEL")
    }
    let source =
      try sources.first { $0.file == path }
      ?? UpdateSource(opening: model ?? CheckpointFile(path), givesStatistics: false)
    // If the file has no model, this statement throws an error that names the file.
    return Base(file: path, source: source, outline: try source.outline ?? source.checkpoint.outline())
  }

  /// The weight of each pair; empty if all weights are equal.
  private func weights(of sources: [UpdateSource]) throws -> [UpdateRecord.Identity: Double] {
    guard let weights else { return [:] }
    let numbers = try Weights(weights, count: sources.count, noun: "input").numbers
    var table: [UpdateRecord.Identity: Double] = [:]
    for (source, weight) in zip(sources, numbers) {
      for form in source.forms {
        for identity in form.minibatches.lazy.map({ form.identity(of: source.minibatches[$0]) }) {
          if let other = table.updateValue(weight, forKey: identity), other != weight {
            throw UsageError(
              description: "--weights \(weights): \(identity) appears in several inputs, with the conflicting weights "
                + "\(Formatting.exact(other)) and \(Formatting.exact(weight)); give these inputs the same weight")
          }
        }
      }
    }
    return table
  }

  private func warnAboutEmpty(_ sources: [UpdateSource], except model: String) {
    for source in sources where source.isEmpty && source.file != model {
      Console.warn(
        "\(source.file): contributes nothing, because \(source.reasonForNoPairs)"
      )
    }
  }

  /// Warns if the statistics of the model count as one pair beside recorded pairs, because the user may only want the model.
  private func warnAboutOwnStatistics(of base: UpdateSource, among sources: [UpdateSource]) {
    guard !base.isRecorded, !base.isEmpty, sources.contains(where: { $0.isRecorded && !$0.isEmpty }) else { return }
    Console.warn(
      "\(base.file): its own statistics count as one more pair of each normalization. If they are of the same data as the "
        + "recorded pairs, name the file with --model instead")
  }

  func provenance(
    _ sources: [UpdateSource], _ base: UpdateSource, _ regime: StatisticAveraging.Regime
  ) throws -> ProvenanceStep {
    var step: ProvenanceStep = [
      "operation": .text("average-stats"), "regime": .text(regime.name),
      "inputs": .list(sources.map(\.provenance)),
      "model": base.provenance,
    ]
    if let weights { step["weights"] = .text(weights) }
    return step.merging(try estimation.provenance()) { step, _ in step }
  }
}
