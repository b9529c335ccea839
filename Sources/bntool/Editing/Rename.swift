import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct Rename: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", _superCommandName: "bntool",
    abstract: "Give a brick or a tensor another name.",
    usage: """
      bntool rename <model> <old> <new> (--output <file> | --dry-run)
                    [--json] [--quiet | --verbose]
      """,
    discussion: """
      The last name of a path changes, in the tree, the graph, the tensors and the recorded update pairs. Statistics are \
      as well estimated as they were. Bricks above a renamed one lose their configuration, since their own code gives the \
      old name; the model runs from its graph.

      Examples:
        bntool rename model.h5 /mlp/linear_0 /mlp/first --output renamed.h5
        bntool rename model.h5 /mlp/linear_0.W /mlp/linear_0.weight --dry-run
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: "The path as it is: /mlp/linear_0 for a brick, /mlp/linear_0.W for a tensor.")
  var old: String

  @Argument(help: "The path as it shall be, in the same place.")
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
      throw NegativeAnswer(description: "\(model): \(error)")
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

  /// What moves with a brick.
  private func moved(_ source: SourceModel) -> String {
    let brick = Name(old)
    let tensors = source.model.tensors.keys.count { BrickPath.path($0.brick, isWithin: brick) }
    let records = source.updates.records.count { BrickPath.path($0.identity.brick, isWithin: brick) }
    return ", with \(Formatting.counted(tensors, "tensor"))"
      + (records == 0 ? "" : " and \(Formatting.counted(records, "update pair"))")
  }
}
