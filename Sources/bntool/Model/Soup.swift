import ArgumentParser
import Bricks
import Checkpoints
import Interchange

struct Soup: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "soup", _superCommandName: "bntool",
    abstract: "Average the checkpoints that make the average better.",
    usage: """
      bntool soup <checkpoint> ... --held-out <data> --labels <data>
             --output <file> [--data <data>] [--batch-size <count>]
             [--seed <number>] [--batches <count>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      A greedy model soup. The checkpoints are ordered by their accuracy on held-out data, and each in turn is averaged \
      with those that are in already; it stays in where the accuracy does not drop. Before every measurement the \
      population statistics are estimated anew from --data, or from the inputs of the held-out data, of which no labels \
      are used for that.

      Parameters are averaged uniformly, by the rules of bntool average. What is not averaged is that of the best \
      checkpoint. The accuracy of the result is that of data it was chosen by; measure it again on other data.

      Example:
        bntool soup epoch-*.h5 --held-out dev.h5:images --labels dev.h5:labels \\
          --data train.h5:images --output soup.h5
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints of one model.", valueName: "checkpoint"), completion: .checkpoint)
  var checkpoints: [String]

  @Option(help: ArgumentHelp("Data that the accuracy is measured on.", valueName: "data"), completion: .data)
  var heldOut: String

  @Option(help: ArgumentHelp("The right classes of the held-out data.", valueName: "data"), completion: .data)
  var labels: String

  @Option(
    help: ArgumentHelp(
      "Data from which statistics are estimated; by default the held-out ones.", valueName: "data"), completion: .data)
  var data: String?

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @OptionGroup var batching: BatchOptions
  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { checkpoints + [heldOut, labels] + [data].compactMap { $0 } }
  var outputFile: String? { output }

  func run() throws {
    let first = try Console.timed("read \(checkpoints[0])") { try Model(checkpoint: checkpoints[0]) }
    let heldOutFeed = try ModelFeed(first, data: heldOut)
    guard heldOutFeed.count > 0 else { throw NegativeAnswer(description: "\(heldOut): has no example to measure on") }
    let labels = try Labels(contentsOf: self.labels, count: heldOutFeed.count)
    let feed = try data.map { try ModelFeed(first, data: $0) } ?? heldOutFeed
    let calibration = CalibrationData(feed: feed, plan: try batching.plan(for: feed))
    let passCount = 2 * checkpoints.count
    let total = passCount * (calibration.plan.exampleCount + heldOutFeed.count)
    let soup = try Progress.writing(
      "recalibrating and measuring", total: total, inWords: Formatting.examples
    ) { advance in
      try GreedySoup(
        checkpoints, ParameterAveraging(threads: Progress.threadCount),
        prepare: { try calibration.recalibrated($0, of: "an average", advance) },
        score: { model in
          let result = try Inference(model, of: "an average").run(
            heldOutFeed, labels: labels, batchSize: Run.batchSize, keepingOutputs: false)
          try advance(heldOutFeed.count)
          return result.accuracy ?? 0
        })
    }
    try save(soup)
    try SoupReport(soup, heldOut: heldOut, data: data ?? heldOut, examples: heldOutFeed.count, output: output)
      .show(asJSON: report.json)
  }

  private func save(_ soup: GreedySoup) throws {
    let inputs = try soup.members.map { try Checkpoint(opening: $0).provenanceInput }
    let best = try Checkpoint(opening: soup.members[0])
    let step: ProvenanceStep = [
      "operation": .text("soup"), "inputs": .list(inputs), "held_out": .text(OutputFile.name(of: heldOut)),
      "data": .text(OutputFile.name(of: data ?? heldOut)), "accuracy": .real(soup.score),
    ]
    var content = try best.payload(with: soup.model)
    content.provenance.append(step)
    try ProcessSignals.deferring { try content.save(to: output) }
  }
}
