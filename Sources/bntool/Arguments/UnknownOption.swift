import ArgumentParser
import Messages

/// The message about a mistyped option.
///
/// The argument parser reports a missing option first: for `--ouput FILE` it only says that `--output` is missing. It also suggests
/// options that have nothing in common with the mistyped option.
enum UnknownOption {
  /// A sentence about the first option that a command does not have; nil if the command has all options.
  static func message(_ words: some Collection<String>, of command: any ParsableCommand.Type) -> String? {
    guard let arguments = try? DescribedArgument.all(of: command) else { return nil }
    let known = Set(arguments.flatMap(\.names) + ["--help", "--version"])
    let names = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } }
    guard let unknown = names.first(where: { !known.contains(String($0)) }) else { return nil }
    let shown = arguments.filter(\.isShown).flatMap(\.names).filter { $0.hasPrefix("--") }
    // The word can also be the first words of an option, such as --batch for --batch-size.
    let longer = shown.filter { $0.hasPrefix("\(unknown)-") }
    let mistyped = longer + similarNames(to: String(unknown), among: shown).filter { !longer.contains($0) }
    // The word can be a part of an option, such as --tolerance for --stationary-tolerance.
    let similar = mistyped.isEmpty ? similarNames(to: String(unknown.dropFirst(2)), among: shown) : mistyped
    let advice = similar.isEmpty ? "" : ". Did you mean \(listed(similar.map { "'\($0)'" }, conjunction: "or"))?"
    return "unknown option '\(unknown)'\(advice)"
  }
}
