import ArgumentParser
import Bricks
import Checkpoints
import Interchange

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a model in inference mode over a dataset.",
    discussion: """
      INPUT is a dataset of an HDF5 file (test.h5:images), an .npy file, or a member of an .npz archive (test.npz:images),
      the examples along the first axis. With --labels the accuracy is printed: the share of examples whose greatest output
      is the label's.

      Examples:
        bntool run averaged.h5 test.h5:images --labels test.h5:labels
        bntool run averaged.h5 images.npy --output outputs.npy
      """)

  @Argument(help: "The model's checkpoint.", completion: .file(extensions: ["h5"]))
  var model: String

  @Argument(help: "What to run it on: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.")
  var input: String

  @Option(help: "Write the outputs: as HDF5 (FILE.h5, datasets named as the outputs) or NumPy (FILE.npy).")
  var output: String?

  @Option(help: "The right answers, as integers: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.")
  var labels: String?

  @Option(help: "The time step, for a model with statistics per step and an input \"step\".")
  var step: Int?

  @OptionGroup var report: ReportOptions

  /// Examples that are evaluated together. Fixed, since products of other sizes may round otherwise.
  private static let batchSize = 1024

  func run() throws {
    let model = try Model(checkpoint: model)
    warnAboutStatistics(of: model)
    let inference = try Inference(model, step: step)
    let data = try DataSet(contentsOf: input)
    let labels = try labels.map { try Labels(contentsOf: $0, count: data.count) }
    let result = try inference.run(data, labels: labels, batchSize: Run.batchSize, keepingOutputs: output != nil)
    if let output { try OutputWriter.write(result.outputs, to: output) }
    let summary = RunReport(examples: data.count, accuracy: result.accuracy, correct: result.correct, output: output)
    if report.json {
      try Console.print(json: summary)
    } else {
      Console.print(summary.text)
      if let output { Console.print(OutputFile.note(output)) }
    }
  }

  private func warnAboutStatistics(of model: Model) {
    let states = model.statisticStates.values
    let never = states.count { $0 == .neverEstimated }
    let stale = states.count { $0 == .stale }
    if never > 0 {
      Console.warn(
        "\(never) of \(states.count) population statistics were never estimated; the outputs are those of an untrained "
          + "normalization. Where the checkpoint has update pairs: bntool average-stats \(self.model) --output FILE")
    }
    if stale > 0 {
      Console.warn("\(stale) of \(states.count) population statistics are stale: estimated with other parameters")
    }
  }
}

/// What `run` reports; schemas/run.schema.json describes its JSON.
struct RunReport: Encodable {
  let examples: Int
  let accuracy: Double?
  let correct: Int?
  let output: String?

  var text: String {
    let examples = Formatting.counted(examples, "example")
    return accuracy.map { "\(examples) · accuracy \(Formatting.fixed(100 * $0, 1)) %" } ?? examples
  }
}
