import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct Fold: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "fold", _superCommandName: "bntool",
    abstract: "Make batch normalizations part of the weights beside them.",
    discussion: """
      A normalization after a linear map or a convolution scales its weights and shifts its biases: W' = W·γ/σ and \
      b' = (b − μ)·γ/σ + β. One before a linear map, or before a convolution without padding, does the same along the \
      inputs. The result is the same function to rounding, without the normalizations, and no more to be trained.

      Where that would not be exact, it is refused by name: statistics per time step, before zero padding, weights or \
      results that are used elsewhere, statistics that differ from pixel to pixel. Statistics that were never estimated \
      or are stale are refused as well, since nothing would tell them any more; --allow-prior folds them.

      Examples:
        bntool fold averaged.h5 --output folded.h5
        bntool fold averaged.h5 --partial --output folded.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @Flag(help: "Fold what can be folded, and keep the other normalizations.")
  var partial = false

  @Flag(help: "Fold statistics that are stale or were never estimated, too.")
  var allowPrior = false

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { output }

  func run() throws {
    let source = try SourceModel(model)
    let folded = try source.model.foldingNormalizations(allowingPrior: allowPrior)
    let count = folded.folds.count + folded.refusals.count
    guard count > 0 else { throw NegativeAnswer(description: "\(model): has no batch normalization to fold") }
    guard !folded.folds.isEmpty && (folded.refusals.isEmpty || partial) else {
      let kept = FoldReport(input: model, output: output, folded: folded).keptLines
      let advice = folded.folds.isEmpty ? "" : "; --partial folds the others"
      throw NegativeAnswer(
        description:
          "\(model): \(folded.refusals.count) of \(Formatting.counted(count, "normalization")) cannot be folded, "
          + "nothing was written\(advice):\n\(kept.joined(separator: "\n"))")
    }
    source.warnOfDroppedUpdates(because: "they are for the normalizations as they were")
    try source.save(
      folded.model, updates: UpdateSet(), operation: "fold",
      ["folded": .list(folded.folds.map { .name($0.brick) })], to: output)
    try FoldReport(input: model, output: output, folded: folded).show(asJSON: report.json)
  }
}
