import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import PopulationStatistics

struct Recalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recalibrate", _superCommandName: "bntool",
    abstract: "Estimate a model's population statistics anew from data.",
    usage: """
      bntool recalibrate <model> <data> --output <file> [--until-error <bound>]
             [--labels <data>] [--method <method>] [--decay <number>]
             [--batch-size <count>] [--seed <number>] [--batches <count>]
             [--mask <data> | --lengths <data>] [--step <number>] [--json]
      """,
    discussion: """
      Batches run through the model in training mode, parameters frozen, and their statistics are averaged as they come, \
      in memory that does not grow with the data. The output is the model with these statistics, its parameters untouched.

      How far they may be off shows in how much batches differ (the method of batch means): the standard errors of mean \
      and deviation, in units of the deviation. --until-error stops as soon as all of them are below a bound, after \
      \(Self.leastBatches) batches at the least; then the order of the data matters, and --seed shuffles them. Statistics \
      per time step are as uncertain as the step with the fewest observations. Standard errors are those of the method \
      pooled; the others have none.

      Methods are those of bntool average-stats.

      Examples:
        bntool recalibrate average.h5 train.h5:images --output right.h5
        bntool recalibrate model.h5 train.h5:images --seed 1 --until-error 0.01 --output right.h5
        bntool recalibrate model.h5 train.h5:images --labels train.h5:labels --output right.h5
      """)

  @Argument(help: "The model's checkpoint.", completion: .file(extensions: ["h5"]))
  var model: String

  @Argument(help: "The data: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.")
  var data: String

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .file(extensions: ["h5"]))
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop when no standard error is above it, such as 0.01.", valueName: "bound"))
  var untilError: Double?

  @Option(
    help: ArgumentHelp("The right classes of the data, for the accuracy before and after.", valueName: "data"))
  var labels: String?

  @Option(help: "pooled, mean-of-statistics, paper or moving-average.", completion: .list(Estimator.names))
  var method = "pooled"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The weight of the new batch in a moving average, above 0 and at most 1.", valueName: "number"))
  var decay: Double?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  /// Of fewer batches the differences say too little of how large they are.
  static let leastBatches = 8

  func run() throws {
    let estimator = try Estimator(name: method, decay: decay)
    if let untilError {
      guard untilError > 0 else { throw UsageError(description: "--until-error \(untilError): a number above 0") }
      guard estimator == .pooled else {
        throw UsageError(description: "--until-error: \(estimator.name) has no standard errors; pooled has")
      }
    }
    let source = try SourceModel(model)
    let feed = try feeding.feed(source.model, of: model, from: data)
    let labels = try labels.map { try Labels(contentsOf: $0, count: feed.count) }
    let plan = try batching.plan(for: feed)
    var recalibration = try Inference.naming(model) { try Recalibration(source.model, estimator) }
    var isPrecise = false
    for batch in plan.batches {
      let inputs = try feed.inputs(batch.examples)
      try Inference.naming(model) { try recalibration.observe(inputs) }
      guard let untilError, recalibration.batchCount >= Self.leastBatches else { continue }
      isPrecise = recalibration.standardErrors?.allSatisfy { $0.greatest <= untilError } ?? false
      if isPrecise { break }
    }
    warn(of: recalibration.ignoredStepCount, recalibration.ignoredObservationCount)
    let result = try recalibration.recalibrated()
    var accuracies: (before: Double?, after: Double?)?
    if let labels {
      func accuracy(_ model: Model) throws -> Double? {
        try Inference(model, of: self.model).run(feed, labels: labels, batchSize: 1024, keepingOutputs: false).accuracy
      }
      accuracies = (try accuracy(source.model), try accuracy(result.model))
    }
    var facts: ProvenanceStep = [
      "method": .text(estimator.name), "data": .text(OutputFile.name(of: data)),
      "batches": .integer(recalibration.batchCount), "batch_size": .integer(batching.batchSize),
    ]
    if case .movingAverage(let decay) = estimator { facts["decay"] = .real(decay) }
    if let seed = batching.seed { facts["seed"] = Int(exactly: seed).map { .integer($0) } ?? .text("\(seed)") }
    try source.save(result.model, updates: source.updates, operation: "recalibrate", facts, to: output)
    if let untilError, !isPrecise {
      Console.warn("the data ended before every standard error was at most \(untilError); all of them were used")
    }
    try RecalibrationReport(
      model: model, data: data, method: estimator.name, batches: recalibration.batchCount, changes: result.changes,
      errors: recalibration.standardErrors, accuracies: accuracies, output: output
    ).show(asJSON: report.json)
  }
}

/// What `recalibrate` reports; schemas/recalibrate.schema.json describes its JSON.
struct RecalibrationReport: Encodable {
  struct Brick: Encodable {
    let brick: String
    let observationsBefore: Int64
    let observations: Int64
    let meanShift: Double
    let deviationRatio: Double?
    let meanError: Double?
    let deviationError: Double?
    let filledSteps: [Int]

    private enum CodingKeys: String, CodingKey {
      case brick, observations
      case observationsBefore = "observations_before"
      case meanShift = "mean_shift"
      case deviationRatio = "deviation_ratio"
      case meanError = "mean_error"
      case deviationError = "deviation_error"
      case filledSteps = "filled_steps"
    }
  }

  let model: String
  let data: String
  let method: String
  let batches: Int
  let bricks: [Brick]
  let accuracyBefore: Double?
  let accuracy: Double?
  let output: String

  private enum CodingKeys: String, CodingKey {
    case model, data, method, batches, bricks, accuracy, output
    case accuracyBefore = "accuracy_before"
  }

  init(
    model: String, data: String, method: String, batches: Int, changes: [StatisticChange], errors: [StandardError]?,
    accuracies: (before: Double?, after: Double?)?, output: String
  ) {
    self.model = model
    self.data = data
    self.method = method
    self.batches = batches
    self.output = output
    accuracyBefore = accuracies?.before
    accuracy = accuracies?.after
    let errors = Dictionary(uniqueKeysWithValues: (errors ?? []).map { ($0.brick, $0) })
    // JSON has no infinity; the greatest number stands for it.
    func finite(_ number: Double) -> Double { min(number, .greatestFiniteMagnitude) }
    bricks = changes.map { change in
      Brick(
        brick: change.brick, observationsBefore: change.countBefore, observations: change.countAfter,
        meanShift: finite(change.meanShift), deviationRatio: change.deviationRatio.map(finite),
        meanError: (errors[change.brick]?.mean).map(finite),
        deviationError: (errors[change.brick]?.standardDeviation).map(finite), filledSteps: change.filledSteps)
    }
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    let count = bricks.map(\.observations).max() ?? 0
    try Console.print(
      "\(model): \(Formatting.counted(batches, "batch", plural: "batches")) of \(data), \(method), "
        + "up to \(Formatting.counted(count, "observation")) per statistic")
    try Console.print(Columns.aligned(bricks.map(row)).joined(separator: "\n"))
    for brick in bricks where !brick.filledSteps.isEmpty {
      let steps = brick.filledSteps.map(String.init).joined(separator: ", ")
      Console.warn("\(brick.brick): never observed at the time steps \(steps); they took a neighbour's values")
    }
    if let accuracyBefore, let accuracy {
      func percent(_ share: Double) -> String { "\(Formatting.fixed(100 * share, 1)) %" }
      try Console.print("accuracy \(percent(accuracyBefore)) → \(percent(accuracy))")
    }
    try Console.print(OutputFile.note(output))
  }

  private func row(_ brick: Brick) -> [String] {
    let unit = brick.deviationRatio == nil ? "" : " σ"
    let errors = [
      brick.meanError.map { "μ \(Formatting.short($0))" }, brick.deviationError.map { "σ \(Formatting.short($0))" },
    ]
    .compactMap { $0 }
    return [
      "  \(brick.brick)", "mean |Δ| \(Formatting.short(brick.meanShift))\(unit)",
      brick.deviationRatio.map { "σ × \(Formatting.short($0))" } ?? "",
      errors.isEmpty ? "" : "error \(errors.joined(separator: ", "))",
    ]
  }
}
