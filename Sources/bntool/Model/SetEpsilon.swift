import ArgumentParser
import Checkpoints
import ComputationGraphs
import PopulationStatistics

struct SetEpsilon: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "set-epsilon", _superCommandName: "bntool",
    abstract: "Set ε of all batch normalizations without changing what the model computes.",
    discussion: """
      Frameworks use different ε: 1e-05 in PyTorch, 0.001 in Keras. A stored standard deviation is sqrt(variance + ε). \
      A new ε changes the variance instead of this value: var' = var + ε₁ − ε₂. If var' would be negative, the variance \
      stays, and the scale γ absorbs the difference: γ' = γ·sqrt((var + ε₂)/(var + ε₁)). Inference gives the same outputs up \
      to rounding. Further training gives other results.

      Example:
        bntool set-epsilon model.h5 0.001 --output for-keras.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: "The new ε, a number of at least 0.")
  var epsilon: Double

  @Option(help: .checkpointToWrite, completion: .checkpoint)
  var output: String

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { output }

  /// The command for a model whose ε is too small, for messages.
  static func command(for model: String) -> String { "bntool set-epsilon \(model) EPSILON --output FILE" }

  func run() throws {
    guard Normalization.isValid(epsilon: epsilon) else {
      throw UsageError(description: "ε = \(Formatting.exact(epsilon)): give a finite number of at least 0")
    }
    let source = try SourceModel(model)
    let result: (model: Model, changes: [Model.EpsilonChange])
    do {
      result = try source.model.refitted(epsilon: epsilon)
    } catch {
      throw NegativeAnswer(description: "\(model): \(error)")
    }
    guard !result.changes.isEmpty else {
      throw NegativeAnswer(description: "\(model): has no batch normalization, so there is no ε to set")
    }
    source.warnOfDroppedUpdates(because: "their standard deviations include the old ε")
    try source.save(
      result.model, updates: UpdateSet(), operation: "set-epsilon", ["epsilon": .real(epsilon)], to: output)
    try report.show(SetEpsilonReport(input: model, epsilon: epsilon, output: output, changes: result.changes))
  }
}
