import ArgumentParser
import Checkpoints
import ComputationGraphs
import Messages
import PopulationStatistics

struct Rename: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", _superCommandName: "bntool",
    abstract: "Rename a brick or a tensor.",
    usage: """
      bntool rename <model> <old> <new> (--output <file> | --dry-run)
                    [--json] [--quiet | --verbose]
      """,
    discussion: """
      Only the last name of a path can change. It changes in the tree of bricks, the graph, the tensors and the recorded \
      update pairs. The state of statistics stays the same. The bricks above a renamed brick lose their configuration, because \
      their code would use the old name. The model still runs, because it runs from its graph.

      Examples:
        bntool rename model.h5 /mlp/linear_0 /mlp/first --output renamed.h5
        bntool rename model.h5 /mlp/linear_0.W /mlp/linear_0.weight --dry-run
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: "The old path: /mlp/linear_0 for a brick, /mlp/linear_0.W for a tensor.")
  var old: String

  @Argument(help: "The new path, which differs only in its last name.")
  var new: String

  @OptionGroup var edit: EditOptions

  var inputFiles: [String] { [model] }
  var outputFile: String? { edit.output }

  func run() throws {
    let source = try SourceModel(model)
    let renamed: Model
    do {
      renamed = try source.model.renaming(Name(old), to: Name(new))
    } catch  where error.code == .missingValue {
      let advice = old.contains(".") ? source.suggestion(forTensor: old) : source.suggestion(forBrick: old)
      throw NegativeAnswer(description: "\(model): \(error). \(advice)")
    } catch {
      throw UsageError(description: "\(model): \(error)")
    }
    let (before, after) = (source.model.parametersDigest, renamed.parametersDigest)
    let isBrick = !old.utf8.contains(UInt8(ascii: "."))
    let updates = try source.updates.renamed(
      brick: { isBrick ? BrickPath.path($0, movedFrom: Name(old), to: Name(new)) : $0 }
    ) { $0 == before ? after : $0 }
    let changes = [EditReport.Change(path: old, change: "→ \(new)\(isBrick ? moved(source) : "")")]
    try edit.finish(
      source, renamed, updates: updates, operation: "rename", ["from": .text(old), "to": .text(new)], changes: changes)
  }

  /// The tensors and update pairs that move with a brick.
  private func moved(_ source: SourceModel) -> String {
    let brick = Name(old)
    let tensors = source.model.tensors.keys.count { BrickPath.path($0.brick, isWithin: brick) }
    let records = source.updates.bricks.filter { BrickPath.path($0, isWithin: brick) }
      .reduce(0) { $0 + source.updates.recordCount(of: $1) }
    return ", with \(counted(tensors, "tensor"))"
      + (records == 0 ? "" : " and \(counted(records, "update pair"))")
  }
}
