import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import PopulationStatistics

struct Recalibrate: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "recalibrate", _superCommandName: "bntool",
    abstract: "Estimate the population statistics of a model from data.",
    usage: """
      bntool recalibrate <model> <data> --output <file> [--select <pattern>]
             [--until-error <bound>] [--labels <data>]
             [--method <method>] [--smoothing-factor <number>] [--bessel-correction]
             [--batch-size <count>] [--seed <number>] [--batches <count>]
             [--skip-nonfinite]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The model runs on each batch in training mode, with frozen parameters. The statistics of each batch are added to \
      a running average, so memory does not grow with the data. The output is the model with the new statistics and \
      unchanged parameters. bntool average-stats --help explains the methods.

      The method pooled also estimates the standard errors of the mean and of σ, both in units of σ, from the differences \
      between batches (the method of batch means). With --until-error, recalibrate stops as soon as every standard error is \
      at most the bound, but not before \(Recalibration.leastBatchCount) batches. The order of the data then matters; --seed \
      shuffles the examples. If each time step has its own statistics, the standard errors are those of the step with the fewest \
      observations.

      --select estimates only the normalizations that match a pattern, such as /encoder/**. The others keep their \
      statistics and use them for normalization.

      Examples:
        bntool recalibrate mean.h5 train.h5:images --output right.h5
        bntool recalibrate mean.h5 a.npy --seed 1 --until-error 0.01 --output b.h5
        bntool recalibrate mean.h5 a.npz:images --labels a.npz:labels --output a.h5
      """)

  @Argument(help: .model, completion: .checkpoint)
  var model: String

  @Argument(help: .data, completion: .data)
  var data: String

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @OptionGroup var precision: PrecisionOptions

  @Option(
    help: ArgumentHelp("Estimate only the normalizations whose path matches the pattern.", valueName: "pattern"))
  var select: String?

  @Option(
    help: ArgumentHelp("The right class of each example; report the accuracy before and after.", valueName: "data"),
    completion: .data)
  var labels: String?

  @OptionGroup var estimation: EstimatorOptions

  @OptionGroup var batching: BatchOptions

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, data] + [labels].compactMap { $0 } + feeding.inputFiles }
  var outputFile: String? { output }

  func run() throws {
    let estimator = try estimation.estimator()
    let untilError = try precision.bound()
    guard untilError == nil || estimator == .pooled else {
      throw UsageError(
        description: "--until-error: the method \(estimator.name) has no standard errors; use the method pooled")
    }
    let source = try SourceModel(model)
    let selected = try select.map { try SelectOption.bricks($0, of: source) }
    let feed = try feeding.feed(source.model, of: model, from: data)
    let labels = try labels.map { try Labels(contentsOf: $0, count: feed.count) }
    let calibration = try batching.calibration(with: feed)
    var recalibration = try Inference.naming(model) {
      try Recalibration(source.model, estimator) { selected?.contains($0) ?? true }
    }
    let isPrecise = try Progress.writing(
      "recalibrating", total: calibration.plan.exampleCount, in: .examples
    ) { advance in
      try calibration.observe(with: &recalibration, of: model, untilError: untilError, advance)
    }
    let result = try Inference.naming(model) { try recalibration.recalibrated() }
    var accuracies: (before: Double?, after: Double?)?
    if let labels {
      func accuracy(_ model: Model) throws -> Double? {
        try Inference(model, of: self.model).run(feed, labels: labels, batchSize: Run.batchSize, keepingOutputs: false)
          .accuracy
      }
      accuracies = (try accuracy(source.model), try accuracy(result.model))
    }
    var facts = try estimation.provenance()
    facts["data"] = .text(OutputFile.name(of: data))
    if let select { facts["select"] = .text(select) }
    facts["batches"] = .integer(recalibration.batchCount)
    facts["batch_size"] = .integer(batching.batchSize)
    if let seed = batching.seed { facts["seed"] = Int(exactly: seed).map { .integer($0) } ?? .text("\(seed)") }
    try source.save(result.model, updates: source.updates, operation: "recalibrate", facts, to: output)
    if let untilError, !isPrecise {
      Console.warn(
        "all data were used, but some standard errors are above \(Formatting.exact(untilError)); "
          + "give more data or a larger bound")
    }
    try report.show(
      RecalibrateReport(
        model: model, data: data, method: estimator.name, batches: recalibration.batchCount, changes: result.changes,
        errors: recalibration.standardErrors, isPrecise: untilError.map { _ in isPrecise },
        accuracies: accuracies, output: output))
  }
}
