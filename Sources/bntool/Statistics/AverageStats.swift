import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct AverageStats: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "average-stats",
    _superCommandName: "bntool",
    abstract: "Average update pairs into a checkpoint's population statistics.",
    usage: """
      bntool average-stats <input> ... --output <file> [--model <checkpoint>]
             [--method <method>] [--smoothing-factor <number>] [--bessel-correction]
             [--weights <numbers>]
             [--allow-prior] [--threads <count>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The inputs are checkpoints or files of update pairs, as many as you like. A checkpoint without recorded pairs \
      contributes its population statistics as one pair. The output is the model with averaged statistics; its parameters \
      are untouched.

      Where the pairs were computed with the very parameters of the model, pooling is exact. The average of pairs of other \
      parameters is a prior, not the statistics of any model: that is refused, unless --allow-prior writes it marked stale.

      Methods, from n observations of mean m and standard deviation s = sqrt(v + ε)
      in each pair:
        pooled              the statistics of all observations together (law of total
                            variance); the default
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
      A is --smoothing-factor: the weight of the new pair, PyTorch's momentum, 1 −
      Keras's momentum.

      Examples:
        bntool average-stats snapshot-5.h5 --output averaged.h5
        bntool average-stats pairs-*.h5 --model model.h5 --output averaged.h5
        bntool average-stats a.h5 --method moving-variance --smoothing-factor 0.1 \\
          --bessel-correction --output b.h5
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints or files of update pairs.", valueName: "input"),
    completion: .checkpoint)
  var inputs: [String]

  @Option(
    help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @Option(
    help: ArgumentHelp(
      "The checkpoint whose parameters to keep; by default the last input that has any.", valueName: "checkpoint"),
    completion: .checkpoint)
  var model: String?

  @OptionGroup var estimation: EstimatorOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What each input's pairs count for, in the order of the inputs, such as 1,1,0.5.", valueName: "numbers"))
  var weights: String?

  @Flag(help: "Average pairs of different parameters too, and mark the result stale.")
  var allowPrior = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many threads to use; the result is the same to the bit.", valueName: "count"))
  var threads = 1

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { inputs + [model].compactMap { $0 } }
  var outputFile: String? { output }

  func run() throws {
    guard threads >= 1 else { throw UsageError(description: "--threads \(threads): at least 1") }
    let estimator = try estimation.estimator()
    let sources = try inputs.map { input in try Console.timed("opened \(input)") { try UpdateSource(opening: input) } }
    let weights = try inputWeights(of: sources)
    let base = try baseModel(among: sources)
    warnAboutEmpty(sources, except: base.file)
    let updates = UpdateUnion(sources)
    guard !updates.bricks.isEmpty else {
      throw NegativeAnswer(
        description:
          "\(inputs.joined(separator: ", ")): no recorded update pairs, and statistics that were never estimated; "
          + "there is nothing to average")
    }
    let averaging = StatisticAveraging(
      estimator, weights: weights, allowsPrior: allowPrior, threads: threads)
    let regime = StatisticAveraging.regime(of: updates, in: base.outline)
    let result: (model: ModelOutline, changes: [StatisticChange])
    do {
      result = try Console.timed("averaged \(Formatting.counted(updates.bricks.count, "normalization"))") {
        try averaging.apply(updates, to: base.outline)
      }
    } catch let error as StatisticsError where error.code == .differentParameters {
      throw NegativeAnswer(
        description: "\(error.message). Pass --allow-prior to write it marked stale, or estimate again with data")
    } catch let error as StatisticsError where error.code != .invalidOption {
      // The library knows bricks and batches; only here the files are known.
      let files = inputs.count > 4 ? "\(inputs.count) inputs" : inputs.joined(separator: ", ")
      throw StatisticsError(error.code, "\(files), for \(base.file): \(error.message)")
    }
    let step = try provenance(sources, base.source, regime)
    let checkpoint = base.source
    let total = checkpoint.checkpoint.contents.tensors.reduce(0) { $0 + $1.byteCount }
    try Progress.writing("writing", total: total) { advance in
      try checkpoint.checkpoint.save(
        with: result.model, provenance: checkpoint.checkpoint.provenance() + [step], to: output, progress: advance)
    }
    let summary = AverageStatsReport(
      inputs: inputs, model: base.file, method: estimator.name, isWeighted: Set((weights ?? [:]).values).count > 1,
      regime: regime, batches: updates.batchCount, changes: result.changes, output: output)
    try summary.show(asJSON: report.json)
  }

  // MARK: Inputs

  /// The model whose statistics are averaged.
  private func baseModel(
    among sources: [UpdateSource]
  ) throws -> (file: String, source: UpdateSource, outline: ModelOutline) {
    guard let path = model ?? sources.last(where: { $0.outline != nil })?.file else {
      throw UsageError(description: "the inputs are update pairs alone; say whose statistics they are: --model MODEL")
    }
    let source = try sources.first { $0.file == path } ?? UpdateSource(opening: path, givesStatistics: false)
    // Of a file without a model, its own error says so.
    return (path, source, try source.outline ?? source.checkpoint.outline())
  }

  private func inputWeights(of sources: [UpdateSource]) throws -> [UpdateRecord.Identity: Double]? {
    guard let weights else { return nil }
    let numbers = weights.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == sources.count, numbers.allSatisfy({ $0.map { $0 >= 0 && $0.isFinite } ?? false }) else {
      throw UsageError(
        description:
          "--weights \(weights): give \(Formatting.counted(sources.count, "number")) of at least 0, one for each input")
    }
    guard numbers.contains(where: { $0 ?? 0 > 0 }) else {
      throw UsageError(description: "--weights \(weights): at least one is above 0, or nothing is averaged")
    }
    var table: [UpdateRecord.Identity: Double] = [:]
    for (source, weight) in zip(sources, numbers.compactMap { $0 }) {
      for (identity, _) in source.identities {
        if let other = table.updateValue(weight, forKey: identity), other != weight {
          throw UsageError(
            description: "--weights: \(identity) stands in several inputs and would weigh both \(other) and \(weight)")
        }
      }
    }
    return table
  }

  private func warnAboutEmpty(_ sources: [UpdateSource], except model: String) {
    for source in sources where source.identities.isEmpty && source.file != model {
      Console.warn(
        "\(source.file): contributes nothing: it has no recorded update pairs, and its statistics were never estimated")
    }
  }

  private func provenance(
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
