import ArgumentParser
import Checkpoints
import ComputationGraphs
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
    if !dryRun, let output { try source.save(model, updates: updates, operation: operation, facts, to: output) }
    try report.show(
      EditReport(input: source.file, operation: operation, changes: changes, output: dryRun ? nil : output))
  }
}
