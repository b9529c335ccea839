import ArgumentParser
import Checkpoints
import ComputationGraphs
import Messages
import PopulationStatistics

/// The options of commands that edit a checkpoint.
struct EditOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The checkpoint to write. The input stays as it is.", valueName: "file"),
    completion: .checkpoint)
  var output: String?

  @Flag(help: "Report what would change, and write nothing.")
  var dryRun = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard dryRun || output != nil else {
      throw ValidationError("give --output FILE, or --dry-run to see what would change")
    }
  }

  /// Writes the edited model, except in a dry run, and reports the changes.
  func finish(
    _ source: SourceModel, _ model: Model, updates: UpdateSet, operation: String, _ facts: ProvenanceStep,
    changes: [EditReport.Change]
  ) throws {
    warnOfNewlyStale(source.model, model)
    if !dryRun, let output { try source.save(model, updates: updates, operation: operation, facts, to: output) }
    try report.show(
      EditReport(input: source.file, operation: operation, changes: changes, output: dryRun ? nil : output))
  }

  /// Warns about statistics that become stale by the edit.
  private func warnOfNewlyStale(_ old: Model, _ new: Model) {
    let before = old.statisticStates
    let states = new.statisticStates
    let count = states.count { path, state in state == .stale && before[path] != .stale }
    guard count > 0 else { return }
    let file = output ?? "the output"
    Console.warn(
      "\(file): \(counted(count, of: states.count, "population statistic")) \(count == 1 ? "becomes" : "become") stale, because "
        + "parameters differ from those of the estimate. Estimate them from data: bntool recalibrate \(output ?? "FILE") DATA "
        + "--output FILE")
  }
}
