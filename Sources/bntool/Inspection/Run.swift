import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages

struct Run: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", _superCommandName: "bntool",
    abstract: "Run a model on data, in inference mode.",
    usage: """
      bntool run <model> <input> [--output <file>] [--labels <data>]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The data are a dataset of an HDF5 file (test.h5:images), a .npy file, or a member of a .npz archive (test.npz:images). \
      Examples lie along the first axis. Neighbouring axes of an example are joined or divided if the input needs it: \
      28×28 or 1×28×28 for 784. Axes are never exchanged. If a model has several inputs, name the file alone (test.h5): each input takes the \
      array with the same name.

      With --labels, run prints the accuracy: the share of examples for which the class of the label has the greatest \
      value in the first output of the model.

      Examples:
        bntool run averaged.h5 test.h5:images --labels test.h5:labels
        bntool run averaged.h5 images.npy --output outputs.npy
      """)

  @Argument(help: .model, completion: .checkpoint)
  var model: String

  @Argument(help: .data, completion: .data)
  var input: String

  @Option(
    help: ArgumentHelp(
      "The file for the outputs: FILE.h5 with a dataset for each output, or FILE.npy for a single output.",
      valueName: "file"),
    completion: .data)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The right class of each example, an integer from 0: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.",
      valueName: "data"),
    completion: .data)
  var labels: String?

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, input] + [labels].compactMap { $0 } + feeding.inputFiles }
  var outputFile: String? { output }
  var outputFormats: Set<FileFormat> { Set(FileFormat.allCases) }

  /// The number of examples that are evaluated together. It is fixed, because matrix products of different sizes can round
  /// differently.
  static let batchSize = 1024

  func run() throws {
    if let output { try OutputWriter.checkEnding(of: output) }
    let model = try Console.timed("read \(self.model)") { try ModelFile.model(at: self.model) }
    let inference = try Inference(model, of: self.model)
    let data = try feeding.feed(model, of: self.model, from: input)
    let labels = try labels.map { try Labels(contentsOf: $0, count: data.count) }
    let result = try Progress.reading("running", total: data.count, in: .examples) { advance in
      try inference.run(
        data, labels: labels, batchSize: Run.batchSize, keepingOutputs: output != nil, progress: advance)
    }
    if let output { try ProcessSignals.deferring { try OutputWriter.write(result.outputs, to: output) } }
    warnAboutStatistics(of: model)
    if let bad = result.notFinite {
      Console.warn(
        "\(input): the output \"\(bad.output)\" of example \(bad.first) (counted from 0) is not finite"
          + (bad.count > 1 ? ", nor are the outputs of \(counted(bad.count - 1, "other example"))" : ""))
    }
    try report.show(
      RunReport(examples: data.count, accuracy: result.accuracy, correct: result.correct, output: output))
  }

  private func warnAboutStatistics(of model: Model) {
    let states = model.statisticStates.values
    let never = states.count { $0 == .neverEstimated }
    let stale = model.statisticStates.filter { $0.value == .stale }.keys
    if never > 0 {
      Console.warn(
        "\(self.model): \(counted(never, of: states.count, "population statistic")) \(never == 1 ? "was" : "were") never "
          + "estimated, so inference uses initial values. Estimate them from recorded update pairs "
          + "(bntool average-stats \(self.model) --output FILE) or from data (bntool recalibrate)")
    }
    if !stale.isEmpty {
      let isUnknown = stale.allSatisfy { model.origins[$0]?.parametersDigest == nil }
      Console.warn(
        "\(self.model): \(counted(stale.count, of: states.count, "population statistic")) \(stale.count == 1 ? "is" : "are") "
          + "stale: estimated with \(isUnknown ? "unknown or mixed parameters" : "parameters other than the model's"). "
          + "Estimate them again from data: bntool recalibrate \(self.model) DATA --output FILE")
    }
  }
}
