import Checkpoints
import Interchange
import Messages
import Names
import PopulationStatistics

/// Measurements of models on data: the accuracy, and the drift of the statistics.
struct Evaluations {
  /// The result for one file.
  struct Evaluation {
    let file: String
    /// The accuracy with the statistics of the file, with the statistics of its update pairs, and with the statistics of the
    /// data; nil without labels.
    var asSaved: Double?
    var fromPairs: Double?
    var fromData: Double?
    /// The drift of the stored statistics; empty if there is only one batch.
    var drifts: [StatisticDrift] = []
  }

  let data: String
  let exampleCount: Int
  private(set) var all: [Evaluation] = []

  /// The evaluation of a file; nil if the file holds no model that runs on the data.
  func of(_ file: String) -> Evaluation? { all.first { $0.file == file } }

  /// Runs each file's model on data.
  ///
  /// - Throws: The errors of the options. If the model of a file does not run on the data, the error is reported, and the
  ///   evaluation continues with the other files.
  init(
    of files: [String], on data: String, labels: String?, _ batching: BatchOptions, _ feeding: FeedOptions,
    _ failures: inout Failures
  ) throws {
    self.data = data
    var exampleCount = 0
    for file in files {
      let evaluation = try failures.catching { () -> Evaluation in
        let source = try SourceModel(file)
        let feed = try feeding.feed(source.model, of: file, from: data)
        let right = try labels.map { try Labels(contentsOf: $0, count: feed.count) }
        exampleCount = feed.count
        return try Evaluations.evaluation(source, feed, right, batching)
      }
      if let evaluation { all.append(evaluation) }
    }
    self.exampleCount = exampleCount
  }

  private static func evaluation(
    _ source: SourceModel, _ feed: ModelFeed, _ labels: Labels?, _ batching: BatchOptions
  ) throws -> Evaluation {
    let (file, model) = (source.file, source.model)
    var evaluation = Evaluation(file: file)
    func accuracy(_ model: Model) throws -> Double? {
      guard let labels else { return nil }
      return try Inference(model, of: file).run(feed, labels: labels, batchSize: Run.batchSize, keepingOutputs: false)
        .accuracy
    }
    evaluation.asSaved = try accuracy(model)
    guard !model.origins.isEmpty else { return evaluation }
    if labels != nil, !source.updates.isEmpty,
      StatisticAveraging.regime(of: source.updates, in: model) == .sameParameters
    {
      evaluation.fromPairs = try accuracy(StatisticAveraging().apply(source.updates, to: model).model)
    }
    let calibration = try batching.calibration(with: feed)
    var recalibration = try Inference.naming(file) { try Recalibration(model) }
    try Progress.reading("estimating", total: calibration.plan.exampleCount, in: .examples) { advance in
      _ = try calibration.observe(with: &recalibration, of: file, advance)
    }
    if labels != nil {
      evaluation.fromData = try accuracy(Inference.naming(file) { try recalibration.recalibrated().model })
    }
    if recalibration.batchCount > 1 { evaluation.drifts = try Inference.naming(file) { try recalibration.drift() } }
    return evaluation
  }
}

extension ReportFinding {
  /// The finding that the statistics of a file do not fit data; nil if they fit.
  static func drift(_ evaluation: Evaluations.Evaluation, label: String, data: String, bound: Double) -> ReportFinding?
  {
    let drifting = evaluation.drifts.filter { $0.exceeds(bound) }
    guard let worst = drifting.max(by: { $0.greatest < $1.greatest }) else { return nil }
    let report = CheckReport(
      model: evaluation.file, data: data, bound: bound, batches: worst.batchCount, drifts: [worst])
    let brick = report.bricks[0]
    let parts = ["Δμ/σ \(brick.mean.text)"] + (brick.deviation.map { ["log σ-ratio \($0.text)"] } ?? [])
    return ReportFinding(
      severity: .bad,
      text:
        "\(label): the statistics of \(counted(drifting.count, of: evaluation.drifts.count, "normalization")) do not fit "
        + "\(data). Worst: \(worst.brick), \(parts.joined(separator: ", ")) (with standard errors).",
      commands: ["bntool recalibrate \(Shell.quoted(evaluation.file)) \(Shell.quoted(data)) --output right.h5"])
  }
}
