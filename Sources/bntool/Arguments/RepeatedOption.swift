import ArgumentParser

/// The rule that an option with a single value is given only once. Without this rule, the argument parser would silently keep
/// the last value.
enum RepeatedOption {
  /// Checks the words of a command line that the argument parser has accepted.
  ///
  /// - Throws: `UsageError` if an option has two values.
  static func check(_ words: some Collection<String>, of command: any ParsableCommand.Type) throws {
    let words = Array(words.prefix { $0 != "--" })
    let names = words.filter { $0.hasPrefix("--") }.map(name)
    // Describing a command takes milliseconds, so the command is described only if a name occurs twice.
    guard Set(names).count < names.count else { return }
    let options = try DescribedArgument.all(of: command).filter { $0.kind == .option }
    var values: [String: String] = [:]
    var index = 0
    while index < words.count {
      let word = words[index]
      let name = name(of: word)
      index += 1
      guard let option = options.first(where: { $0.names.contains(name) }) else { continue }
      var value = String(word.dropFirst(name.count + 1))
      if name == word, index < words.count {
        value = words[index]
        index += 1
      }
      if !option.isRepeating, let first = values.updateValue(value, forKey: name) {
        throw UsageError(description: "\(name) is given twice, with the values \(first) and \(value); give it once")
      }
    }
  }

  /// The name of an option: `--output` for both `--output` and `--output=file`.
  private static func name(of word: String) -> String { String(word.prefix { $0 != "=" }) }
}
