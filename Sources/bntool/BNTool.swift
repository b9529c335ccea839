import ArgumentParser
import Checkpoints
import Messages
import Platform

/// The program: finds the command that the command line names, and runs it.
@main
struct BNTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bntool",
    abstract: "Inspect, run and repair checkpoints of batch-normalized models.",
    discussion: """
      A checkpoint is an HDF5 file with the parameters of a model and its population statistics: the means and standard \
      deviations that batch normalization uses for inference. No command changes the files that it reads. Commands write a \
      new file, completely or not at all. \(filesHelp) Only the needed parts of a remote file are fetched.

      This is how a checkpoint with recorded update pairs (statistics of minibatches) becomes a checkpoint with the right \
      population statistics:
        bntool inspect snapshot.h5
        bntool average-stats snapshot.h5 --output averaged.h5
        bntool run averaged.h5 test.h5:images --labels test.h5:labels

      Exit status:
        0   success
        1   a negative answer: nothing matched, averaging was refused, the files
            differ (diff), a file has errors (verify), or statistics do not fit
            (check)
        64  wrong usage
        65  an input is damaged or empty, or does not fit the others
        66  an input does not exist, or cannot be opened
        73  the output cannot be created
        74  reading or writing failed
        75  collect --shard was ended by SIGTERM or SIGUSR1; run the same command
            again to continue
      """,
    version: "bntool \(Version.current)",
    subcommands: [Manual.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Inspection",
        subcommands: [
          Inspect.self, Run.self, Check.self, Diff.self, Verify.self, Stats.self, ReportPage.self, Plot.self,
        ]),
      CommandGroup(
        name: "Statistics",
        subcommands: [Collect.self, Recalibrate.self, Extract.self, Merge.self, AverageStats.self]),
      CommandGroup(
        name: "Model",
        subcommands: [
          Average.self, Soup.self, Fold.self, SetEpsilon.self, Repack.self, Init.self, Convert.self, Sign.self,
        ]),
      CommandGroup(
        name: "Editing", subcommands: [SetTensor.self, Rename.self, Drop.self, CopyStatistics.self]),
    ])

  /// The help about files, which all commands share.
  static let filesHelp = "An input can also be a URL that begins with https://, http:// or s3://."

  static func main() {
    ProcessSignals.prepare()
    Memory.keepFreed()
    let arguments = CommandLine.arguments.dropFirst().map(BNTool.concealingSecrets)
    // Parsing with one command takes a third of the time of parsing with the tree of all commands.
    switch arguments.first {
    case nil:
      Console.showHelp(helpMessage())
      ExitStatus.end(ExitStatus.usage.rawValue)
    case "inspect" where arguments.count > 1 && !arguments.contains { $0.hasPrefix("-") }:
      // If the arguments are only files, the parser is not needed. Skipping it saves a fifth of the remaining time.
      end(Inspect.self, []) { try Inspect.show(Array(arguments.dropFirst())) }
    case "help" where arguments.count > 1 && !arguments[1].hasPrefix("-"):
      start(command(named: arguments[1]), ["--help"])
    case let word? where word != "help" && !word.hasPrefix("-"):
      start(command(named: word), arguments.dropFirst())
    default: start(BNTool.self, arguments[...])
    }
  }

  /// Removes the secrets of a URL from an argument, such as the query of a signed URL.
  private static func concealingSecrets(_ argument: String) -> String {
    guard argument.hasPrefix("--"), let equal = argument.firstIndex(of: "=") else {
      return RemotePath.concealing(argument)
    }
    return argument[...equal] + RemotePath.concealing(String(argument[argument.index(after: equal)...]))
  }

  /// The commands that `--help` shows.
  static var shownCommands: [any ParsableCommand.Type] {
    configuration.subcommands.filter { $0.configuration.shouldDisplay }
  }

  /// The command with the given name. Ends the process if there is no such command.
  private static func command(named name: String) -> any ParsableCommand.Type {
    if let command = configuration.subcommands.first(where: { $0.configuration.commandName == name }) { return command }
    let names = shownCommands.compactMap { $0.configuration.commandName }
    let similar = similarNames(to: name, among: names)
    let advice =
      similar.isEmpty ? "The commands are \(listed(names))" : "Did you mean \(listed(similar, conjunction: "or"))?"
    ExitStatus.end(
      after: UsageError(
        description: "unknown command \"\(name)\". \(advice)\(similar.isEmpty ? "." : "") See bntool --help"),
      of: BNTool.self, words: [])
  }

  private static func start<Command: ParsableCommand>(_ type: Command.Type, _ arguments: ArraySlice<String>) -> Never {
    end(type, arguments) {
      var command = try type.parseAsRoot(Array(arguments))
      try RepeatedOption.check(arguments, of: type)
      try checkNumbers(arguments)
      try (command as? any FileCommand)?.checkOutput()
      ReadFiles.protect()
      try command.run()
    }
  }

  /// Checks that no number on the command line is too large. A message about such a number would only say "inf".
  ///
  /// - Throws: `UsageError`.
  private static func checkNumbers(_ words: some Sequence<String>) throws(UsageError) {
    for word in words {
      let text = word.hasPrefix("--") ? word.drop { $0 != "=" }.dropFirst() : word[...]
      guard let first = text.first(where: { $0 != "-" && $0 != "+" }), first.isNumber || first == ".",
        let number = Double(text), number.isInfinite, FileIdentity(of: word) == nil
      else { continue }
      throw UsageError(description: "the number \(text) is too large; the greatest number is 1.8e308")
    }
  }

  /// Runs a command, and ends the process with the resulting status.
  private static func end<Command: ParsableCommand>(
    _ type: Command.Type, _ words: ArraySlice<String>, _ work: () throws -> Void
  ) -> Never {
    let stopwatch = Stopwatch()
    do {
      try work()
    } catch {
      ExitStatus.end(after: error, of: type, words: Array(words))
    }
    Console.tell("done in \(Formatting.seconds(stopwatch.seconds))")
    ExitStatus.end(0)
  }
}
