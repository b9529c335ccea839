import ArgumentParser
import Messages

/// The message about a word that the argument parser misunderstands: a mistyped option, or a negative number.
///
/// The argument parser reports a missing option first: for `--ouput FILE` it only says that `--output` is missing. It also suggests
/// options that have nothing in common with the mistyped option.
enum UnknownOption {
  /// A sentence about the first option that a command does not have, or about a negative number in the place of an argument; nil if
  /// the parser's own message is right.
  static func message(_ words: some Collection<String>, of command: any ParsableCommand.Type) -> String? {
    guard let arguments = try? DescribedArgument.all(of: command) else { return nil }
    let known = Set(arguments.flatMap(\.names) + ["--help", "--version"])
    let names = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } }
    guard let unknown = names.first(where: { !known.contains(String($0)) }) else {
      return negativeNumber(words, arguments)
    }
    let shown = arguments.filter(\.isShown).flatMap(\.names).filter { $0.hasPrefix("--") }
    // The word can also be the first words of an option, such as --batch for --batch-size.
    let longer = shown.filter { $0.hasPrefix("\(unknown)-") }
    let mistyped = longer + similarNames(to: String(unknown), among: shown).filter { !longer.contains($0) }
    // The word can be a part of an option, such as --tolerance for --stationary-tolerance.
    let similar = mistyped.isEmpty ? similarNames(to: String(unknown.dropFirst(2)), among: shown) : mistyped
    let advice = similar.isEmpty ? "" : ". Did you mean \(listed(similar.map { "'\($0)'" }, conjunction: "or"))?"
    return "unknown option '\(unknown)'\(advice)"
  }

  /// A sentence about a negative number that is not the value of an option. The parser takes the number for an option, and says that the
  /// argument is missing.
  private static func negativeNumber(_ words: some Collection<String>, _ arguments: [DescribedArgument]) -> String? {
    let options = Set(arguments.filter { $0.kind == .option }.flatMap(\.names))
    let pairs = zip(words, [""] + words)
    let number = pairs.first { word, before in word.hasPrefix("-") && Double(word) != nil && !options.contains(before) }
    return number.map { "the number \($0.0) is negative; give a number of at least 0" }
  }
}
