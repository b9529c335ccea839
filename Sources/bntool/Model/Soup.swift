import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange

struct Soup: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "soup", _superCommandName: "bntool",
    abstract: "Average only the checkpoints that improve the accuracy.",
    usage: """
      bntool soup <checkpoint> ... --held-out <data> --labels <data>
             --output <file> [--data <data>] [--batch-size <count>]
             [--seed <number>] [--batches <count>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      Makes a greedy model soup. The checkpoints are sorted by their accuracy on held-out data. One after another, \
      each checkpoint is averaged with the checkpoints of the soup. It joins the soup if the accuracy does not drop. Before \
      each measurement, the population statistics are estimated again, from --data or, without this option, from the \
      held-out data.

      Parameters are averaged with equal weights, as by bntool average. Everything else comes from the best checkpoint. \
      The reported accuracy is too optimistic, because the checkpoints were chosen with the held-out data. Measure it \
      again on other data.

      Example:
        bntool soup epoch-*.h5 --held-out dev.h5:images --labels dev.h5:labels \\
          --data train.h5:images --output soup.h5
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints of the same model.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(help: ArgumentHelp("The data for measuring the accuracy.", valueName: "data"), completion: .data)
  var heldOut: String

  @Option(help: ArgumentHelp("The right class of each held-out example.", valueName: "data"), completion: .data)
  var labels: String

  @Option(
    help: ArgumentHelp(
      "The data for estimating statistics. The default is the held-out data.", valueName: "data"), completion: .data)
  var data: String?

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @OptionGroup var batching: BatchOptions
  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints + [heldOut, labels] + [data].compactMap { $0 } }
  var outputFile: String? { output }

  func run() throws {
    OutputFile.warnOfRepeated(checkpoints)
    let views = try checkpoints.map { try CheckpointView($0) }
    defer { withExtendedLifetime(views) {} }
    let files = views.map(\.file)
    let first = try Console.timed("read \(checkpoints[0])") { try Checkpoint(opening: files[0]).model() }
    let heldOutFeed = try ModelFeed(first, data: heldOut)
    guard heldOutFeed.count > 0 else {
      throw DataError(description: "\(heldOut): has no examples, so there is no accuracy to measure")
    }
    let labels = try Labels(contentsOf: self.labels, count: heldOutFeed.count)
    let feed = try data.map { try ModelFeed(first, data: $0) } ?? heldOutFeed
    let calibration = try batching.calibration(with: feed)
    let passCount = 2 * checkpoints.count
    let total = passCount * (calibration.plan.exampleCount + heldOutFeed.count)
    let soup = try Progress.writing(
      "recalibrating and measuring", total: total, in: .examples
    ) { advance in
      try GreedySoup(
        files, ParameterAveraging(threads: Progress.threadCount),
        prepare: { try calibration.recalibrated($0, of: "an average", advance) },
        score: { model in
          let result = try Inference(model, of: "an average").run(
            heldOutFeed, labels: labels, batchSize: Run.batchSize, keepingOutputs: false)
          try advance(heldOutFeed.count)
          return result.accuracy ?? 0
        })
    }
    try save(soup, of: files)
    try report.show(
      SoupReport(soup, heldOut: heldOut, data: data ?? heldOut, examples: heldOutFeed.count, output: output))
  }

  private func save(_ soup: GreedySoup, of files: [CheckpointFile]) throws {
    let members = soup.members.compactMap { name in files.first { $0.name == name } }
    let inputs = try members.map { try Checkpoint(opening: $0).provenanceInput }
    let best = try Checkpoint(opening: members[0])
    let step: ProvenanceStep = [
      "operation": .text("soup"), "inputs": .list(inputs), "held_out": .text(OutputFile.name(of: heldOut)),
      "data": .text(OutputFile.name(of: data ?? heldOut)), "accuracy": .real(soup.score),
    ]
    var content = try best.payload(with: soup.model)
    content.provenance.append(step)
    try ProcessSignals.deferring { try ModelFile.save(content, to: output) }
  }
}
