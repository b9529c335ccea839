import ArgumentParser
import Checkpoints
import ComputationGraphs
import Messages
import PopulationStatistics

struct Drop: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop", _superCommandName: "bntool",
    abstract: "Remove recorded update pairs, or tensors that no output needs.",
    usage: """
      bntool drop <model> [<pattern> ...] [--updates]
                  (--output <file> | --dry-run)
                  [--json] [--quiet | --verbose]
      """,
    discussion: """
      If an output of the model needs a tensor that matches, nothing is written. In a pattern * stands for any part of a \
      name, and ** for any number of names. A pattern without a leading / matches at any depth.

      Examples:
        bntool drop averaged.h5 --updates --output small.h5
        bntool drop model.h5 '/auxiliary_head/**.*' --output small.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: ArgumentHelp("Tensors to remove, such as '/head/**.W'.", valueName: "pattern"))
  var patterns: [String] = []

  @Flag(help: "Remove all recorded update pairs.")
  var updates = false

  @OptionGroup var edit: EditOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { edit.output }

  func validate() throws {
    guard updates || !patterns.isEmpty else {
      throw ValidationError("give patterns of tensors, or --updates")
    }
  }

  func run() throws {
    let selectors = try patterns.map { pattern in try Selector(Name(pattern)) }
    let source = try SourceModel(model)
    var changes: [EditReport.Change] = []
    var dropped: Set<TensorPath> = []
    for selector in selectors {
      let matches = source.model.tensors.keys.filter(selector.matches)
      guard !matches.isEmpty else {
        throw NegativeAnswer(
          description: "\(model): no tensor matches \(selector). \(source.suggestion(forTensor: "\(selector)"))")
      }
      dropped.formUnion(matches)
    }
    var result = source.model
    if !dropped.isEmpty {
      do {
        result = try result.dropping(dropped.sorted())
      } catch {
        throw NegativeAnswer(description: "\(model): \(error)")
      }
      changes += try dropped.sorted().map { path in
        EditReport.Change(path: path.description, change: "removed, shape \(try source.model.tensor(path).shape)")
      }
    }
    if updates {
      guard !source.updates.isEmpty else {
        throw NegativeAnswer(description: "\(model): has no recorded update pairs")
      }
      for brick in source.updates.bricks {
        let count = source.updates.recordCount(of: brick)
        changes.append(EditReport.Change(path: brick.text, change: "\(counted(count, "update pair")) removed"))
      }
    }
    let (before, after) = (source.model.parametersDigest, result.parametersDigest)
    // Update pairs of a removed normalization would not belong to the new model.
    let normalizations = Set(result.normalizationStatistics.map(\.path))
    let kept =
      updates
      ? UpdateSet()
      : try source.updates.filter { normalizations.contains($0.identity.brick) }
        .renamed(brick: { $0 }) { $0 == before ? after : $0 }
    try edit.finish(
      source, result, updates: kept, operation: "drop", ["paths": .list(changes.map { .text($0.path) })],
      changes: changes)
  }
}
