import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import PopulationStatistics

struct Check: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", _superCommandName: "bntool",
    abstract: "Check whether the population statistics of a model fit data.",
    usage: """
      bntool check <model> <data> [--max-drift <bound>] [--until-error <bound>]
             [--batch-size <count>] [--seed <number>] [--batches <count>]
             [--skip-nonfinite] [--report <page>]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The model runs on each batch in training mode, with frozen parameters. The statistics of the data are compared with \
      the statistics in the file: Δμ/σ and the logarithm of the σ-ratio of each channel and time step, each with its \
      standard error. The report shows the worst difference of each normalization. --report also \
      writes a page with pictures of these differences.

      A difference counts if it is greater than --max-drift, and too many standard errors from 0 to be chance. The standard \
      errors come from the differences between K batches. So the limit is the two-sided quantile of Student's t distribution \
      with K − 1 degrees of freedom, at the level \(Formatting.exact(DriftSignificance.familyWiseLevel)) / the number of compared numbers \
      (Bonferroni), and at least \(Formatting.exact(DriftSignificance.leastErrorCount)). Right statistics are reported as wrong in about one \
      of \(grouped(Int(1 / DriftSignificance.familyWiseLevel))) checks. At least 2 batches are necessary, but with fewer than about 8, \
      only great differences count. If no difference is significant, the report shows the greatest one.

      With --until-error, check stops as soon as every standard error is at most the bound of this option. Then the order of \
      the data matters. --seed shuffles the examples.

      Check exits with 0 if no difference counts, and with 1 if one does.

      Examples:
        bntool check release.h5 recent.h5:images
        bntool check release.h5 a.npy --seed 1 --until-error 0.02 --max-drift 0.05
      """)

  @Argument(help: .model, completion: .checkpoint)
  var model: String

  @Argument(help: .data, completion: .data)
  var data: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The greatest accepted drift, of |Δμ|/σ and of |log σ-ratio|.", valueName: "bound"))
  var maxDrift = 0.1

  @OptionGroup var precision: PrecisionOptions

  @OptionGroup var batching: BatchOptions

  @OptionGroup var feeding: FeedOptions

  @Option(
    name: .customLong("report"),
    help: ArgumentHelp("Also write a page of pictures, such as check.html.", valueName: "page"),
    completion: .file(extensions: ["html"]))
  var page: String?

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, data] + feeding.inputFiles }
  var outputFile: String? { page }
  var outputOption: String { "--report" }

  func run() throws {
    try PrecisionOptions.check("--max-drift", maxDrift)
    let untilError = try precision.bound()
    let checkpoint = try Console.timed("read \(model)") { try ModelFile.model(at: model) }
    let feed = try feeding.feed(checkpoint, of: model, from: data)
    let calibration = try batching.calibration(with: feed)
    var recalibration = try Inference.naming(model) { try Recalibration(checkpoint) }
    try Progress.reading("checking", total: calibration.plan.exampleCount, in: .examples) { advance in
      _ = try calibration.observe(with: &recalibration, of: model, untilError: untilError, advance)
    }
    let drifts = try Inference.naming(model) { try recalibration.drift() }
    let report = CheckReport(
      model: model, data: data, bound: maxDrift, batches: recalibration.batchCount, drifts: drifts, page: page)
    if let page {
      let text = CheckPage(report: report, drifts: drifts).page.text
      try ProcessSignals.deferring { try TextFile.write(text, to: page) }
    }
    try self.report.show(report)
    if !report.fits { throw ReportedFailure(status: .negativeAnswer) }
  }
}
