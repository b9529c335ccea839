import ArgumentParser
import Checkpoints
import Messages
import PopulationStatistics

struct Fold: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "fold", _superCommandName: "bntool",
    abstract: "Fold batch normalizations into the neighbouring weights.",
    discussion: """
      A normalization that follows a linear map or a convolution becomes part of its weights and biases: W' = W·γ/σ and \
      b' = (b − μ)·γ/σ + β. A normalization in front of a linear map, or of a convolution without padding, is folded \
      into the weights of the corresponding inputs. The result computes the same function, up to rounding, without the \
      normalizations. It is not \
      meant for further training.

      In front of a map, folding costs precision if |μ|/σ of a channel is great, because the normalization subtracts μ \
      before it rounds: about |μ|/σ · 6e-8 of the normalized values in float32. Fold warns if fewer exact digits are left \
      than float16 has, from |μ|/σ = 8192 on.

      Fold names and refuses each normalization that cannot be folded exactly: one with statistics for each time step \
      or for each pixel, one in front of zero padding, and one whose weights or results are also used elsewhere. It also \
      refuses statistics that are stale or were never estimated, because the folded model could not report their state. \
      Use --allow-prior to fold them anyway.

      Examples:
        bntool fold averaged.h5 --output folded.h5
        bntool fold averaged.h5 --partial --output folded.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @Flag(help: "Fold what can be folded, and keep the other normalizations.")
  var partial = false

  @Flag(help: "Also fold statistics that are stale or were never estimated.")
  var allowPrior = false

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { output }

  func run() throws {
    let source = try SourceModel(model)
    let folded = try source.model.foldingNormalizations(allowingPrior: allowPrior)
    let count = Set(folded.folds.map(\.brick) + folded.refusals.map(\.brick)).count
    guard count > 0 else { throw NegativeAnswer(description: "\(model): has no batch normalization to fold") }
    guard !folded.folds.isEmpty && (folded.refusals.isEmpty || partial) else {
      let kept = FoldReport(input: model, output: output, folded: folded).keptLines
      let advice = folded.folds.isEmpty ? "" : ". --partial folds the others"
      throw NegativeAnswer(
        description:
          "\(model): \(counted(Set(folded.refusals.map(\.brick)).count, of: count, "normalization")) cannot be folded; "
          + "nothing was written\(advice):\n\(kept.joined(separator: "\n"))")
    }
    source.warnOfDroppedUpdates(because: "they belong to the normalizations that were folded")
    try source.save(
      folded.model, updates: UpdateSet(), operation: "fold",
      ["folded": .list(folded.folds.map { .name($0.brick) })], to: output)
    for fold in folded.folds {
      guard let offset = fold.offset, offset.isLoss else { continue }
      Console.warn(
        "\(fold.brick): |μ|/σ of channel \(offset.channel) is \(Formatting.short(offset.ratio)), so the folded map loses about "
          + "\(Formatting.short(offset.error)) of its normalized inputs to rounding; use the model that is not folded, or subtract "
          + "the mean from the data, recalibrate and fold again")
    }
    try report.show(FoldReport(input: model, output: output, folded: folded))
  }
}
