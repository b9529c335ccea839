import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct Refit: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "refit", _superCommandName: "bntool",
    abstract: "Change ε of every batch normalization, and keep the function.",
    discussion: """
      A stored standard deviation is sqrt(variance + ε), so another ε changes what is called variance, and no number: \
      var' = var + ε₁ − ε₂. Where that would be negative the variance stays, and the scale takes up the difference: \
      γ' = γ·sqrt((var + ε₂)/(var + ε₁)). Inference is the same function to rounding; training is another one thereafter.

      Example:
        bntool refit model.h5 --epsilon 1e-3 --output for-keras.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Option(parsing: .unconditional, help: ArgumentHelp("ε from now on, finite and at least 0.", valueName: "number"))
  var epsilon: Double

  @Option(help: ArgumentHelp("The checkpoint to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { output }

  func run() throws {
    guard epsilon.isFinite, epsilon >= 0 else {
      throw UsageError(description: "--epsilon \(epsilon): a finite number of at least 0")
    }
    let source = try SourceModel(model)
    let refitted: (model: Model, changes: [Model.EpsilonChange])
    do {
      refitted = try source.model.refitted(epsilon: epsilon)
    } catch {
      throw NegativeAnswer(description: "\(model): \(error)")
    }
    guard !refitted.changes.isEmpty else {
      throw NegativeAnswer(description: "\(model): has no batch normalization, and so no ε")
    }
    source.warnOfDroppedUpdates(because: "the old ε is inside their standard deviations")
    try source.save(
      refitted.model, updates: UpdateSet(), operation: "refit", ["epsilon": .real(epsilon)], to: output)
    try RefitReport(input: model, epsilon: epsilon, output: output, changes: refitted.changes).show(asJSON: report.json)
  }
}
