import ArgumentParser
import Bricks
import Checkpoints
import Interchange

struct Run: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", _superCommandName: "bntool",
    abstract: "Run a model in inference mode over a dataset.",
    usage: """
      bntool run <model> <input> [--output <file>] [--labels <data>]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The input is a dataset of an HDF5 file (test.h5:images), an .npy file, or a member of an .npz archive \
      (test.npz:images), with the examples along the first axis. A model with several inputs takes the arrays of their \
      names in one file (test.h5). With --labels the accuracy is printed: the share of \
      examples whose greatest value in the model's first output is the label's.

      Examples:
        bntool run averaged.h5 test.h5:images --labels test.h5:labels
        bntool run averaged.h5 images.npy --output outputs.npy
      """)

  @Argument(help: "The model's checkpoint.", completion: .checkpoint)
  var model: String

  @Argument(help: "What to run it on: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", completion: .data)
  var input: String

  @Option(
    help: ArgumentHelp(
      "Write the outputs: as HDF5 (FILE.h5, datasets named as the outputs) or NumPy (FILE.npy).", valueName: "file"),
    completion: .data)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The right classes, as integers from 0: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", valueName: "data"),
    completion: .data)
  var labels: String?

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model, input] + [labels].compactMap { $0 } + feeding.inputFiles }
  var outputFile: String? { output }

  /// Examples that are evaluated together. Fixed, since products of other sizes may round otherwise.
  static let batchSize = 1024

  func run() throws {
    if let output { try OutputWriter.checkEnding(of: output) }
    let model = try Console.timed("read \(self.model)") { try Model(checkpoint: self.model) }
    let inference = try Inference(model, of: self.model)
    let data = try feeding.feed(model, of: self.model, from: input)
    let labels = try labels.map { try Labels(contentsOf: $0, count: data.count) }
    let result = try Progress.reading("running", total: data.count, inWords: Formatting.examples) { advance in
      try inference.run(
        data, labels: labels, batchSize: Run.batchSize, keepingOutputs: output != nil, progress: advance)
    }
    if let output { try ProcessSignals.deferring { try OutputWriter.write(result.outputs, to: output) } }
    warnAboutStatistics(of: model)
    let summary = RunReport(examples: data.count, accuracy: result.accuracy, correct: result.correct, output: output)
    if report.json {
      try Console.print(json: summary)
    } else {
      try Console.print(summary.text)
      if let output { try Console.print(OutputFile.note(output)) }
    }
  }

  private func warnAboutStatistics(of model: Model) {
    let states = model.statisticStates.values
    let never = states.count { $0 == .neverEstimated }
    let stale = states.count { $0 == .stale }
    if never > 0 {
      Console.warn(
        "\(self.model): \(never) of \(states.count) population statistics were never estimated; the outputs are those of an "
          + "untrained normalization. Where the checkpoint has update pairs: bntool average-stats \(self.model) --output FILE"
      )
    }
    if stale > 0 {
      Console.warn(
        "\(self.model): \(stale) of \(states.count) population statistics are stale: estimated with other parameters than "
          + "those beside them; estimate them again with data: bntool recalibrate")
    }
  }
}
