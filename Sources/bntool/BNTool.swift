import ArgumentParser
import Checkpoints

/// The command line: checkpoints in, averaged population statistics out.
@main
struct BNTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bntool",
    abstract: "Inspect, run, and mend checkpoints of batch-normalized models.",
    discussion: """
      A checkpoint is one HDF5 file with parameters and population statistics. These commands read checkpoints and never \
      change them; whatever they write is a new file, whole or not at all.

      The main job, from a checkpoint with recorded update pairs to one whose statistics are right:
        bntool inspect snapshot.h5
        bntool average-stats snapshot.h5 --output averaged.h5
        bntool run averaged.h5 test.h5:images --labels test.h5:labels

      Exit status:
        0   done
        1   the answer is no: nothing matched, averaging was refused, files differ
            (diff), or something is wrong with one (verify)
        64  wrong usage
        65  bad data in an input
        66  no such input
        73  the output cannot be created
        74  reading or writing failed
      """,
    version: "bntool \(Version.current)",
    subcommands: [Manual.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Inspection", subcommands: [Inspect.self, Run.self, Diff.self, Verify.self, Stats.self]),
      CommandGroup(
        name: "Statistics",
        subcommands: [Collect.self, Recalibrate.self, Extract.self, Merge.self, AverageStats.self]),
      CommandGroup(
        name: "Model",
        subcommands: [Average.self, Soup.self, Fold.self, Refit.self, Repack.self, Init.self]),
      CommandGroup(
        name: "Editing", subcommands: [SetTensor.self, Rename.self, Drop.self, CopyStatistics.self]),
    ])

  static func main() {
    ProcessSignals.prepare()
    let arguments = Array(CommandLine.arguments.dropFirst())
    // One command's own parser starts in a third of the time that the tree of all of them takes.
    switch arguments.first {
    case nil:
      Console.showHelp(helpMessage())
      ExitStatus.end(ExitStatus.usage.rawValue)
    case "inspect" where arguments.count > 1 && !arguments.contains { $0.hasPrefix("-") }:
      // Nor do files alone need a parser, which would take a fifth of the time that is left.
      end(Inspect.self) { try Inspect.show(Array(arguments.dropFirst())) }
    case let word? where word != "help" && !word.hasPrefix("-"):
      guard let command = configuration.subcommands.first(where: { $0.configuration.commandName == word }) else {
        ExitStatus.end(
          after: UsageError(description: "there is no command \"\(word)\". See bntool --help for those there are"),
          of: BNTool.self)
      }
      start(command, arguments.dropFirst())
    default: start(BNTool.self, arguments[...])
    }
  }

  /// The commands that help names.
  static var shownCommands: [any ParsableCommand.Type] {
    configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  private static func start<Command: ParsableCommand>(_ type: Command.Type, _ arguments: ArraySlice<String>) -> Never {
    end(type) {
      var command = try type.parseAsRoot(Array(arguments))
      try RepeatedOption.check(arguments, of: type)
      try (command as? any FileCommand)?.checkOutput()
      try command.run()
    }
  }

  /// Runs the work of a command and ends the process with the status of what came of it.
  private static func end<Command: ParsableCommand>(_ type: Command.Type, _ work: () throws -> Void) -> Never {
    let stopwatch = Stopwatch()
    do {
      try work()
    } catch {
      ExitStatus.end(after: error, of: type)
    }
    Console.tell("done in \(Formatting.seconds(stopwatch.seconds))")
    ExitStatus.end(0)
  }
}
