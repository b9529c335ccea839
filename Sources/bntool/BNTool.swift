import ArgumentParser

/// The command line: checkpoints in, averaged population statistics out.
@main
struct BNTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bntool",
    abstract: "Inspect, run, and mend checkpoints of batch-normalized models.",
    discussion: """
      A checkpoint is one HDF5 file with parameters and population statistics. These commands read checkpoints and never
      change them; whatever they write is a new file, whole or not at all.

      The main job, from a checkpoint with recorded update pairs to one whose statistics are right:
        bntool inspect snapshot.h5
        bntool average-stats snapshot.h5 --output averaged.h5
        bntool run averaged.h5 test.h5:images --labels test.h5:labels

      Exit status: 0 done; 1 the answer is no (nothing matched, averaging refused); 64 wrong usage; 65 bad data;
      66 no such input; 73 the output cannot be created; 74 reading or writing failed.
      """,
    version: "bntool \(ToolVersion.current)",
    subcommands: [Inspect.self, Run.self, Extract.self, Merge.self, AverageStatistics.self])

  static func main() {
    ProcessSignals.prepare()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if let status = ExitStatus(of: error) {
        Console.error("\(error)")
        exit(withError: status.code)
      }
      exit(withError: error)
    }
  }
}

/// The switch that every reporting command has.
struct ReportOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the report as JSON (schemas/*.schema.json describe it).")
  var json = false
}
