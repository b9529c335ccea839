/// Colours of texts for people.
///
/// No text carries any: they are put on its marks as it goes to a terminal. So columns count what is seen, and neither JSON nor a
/// file can get one.
enum Colors: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"

  /// Text in this colour.
  func callAsFunction(_ text: some StringProtocol) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

  /// Lines of a report, with colours where they help: verdicts (✓, and ⚠ up to the next comma), differences (+ - ~ in front of a
  /// line), severities (a line's first word), the tree of bricks, and what a headline of parts (` · `) is about.
  static func report(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(line).joined(separator: "\n")
  }

  private static func line(_ line: Substring) -> String {
    let text = line.drop { " │├└".contains($0) }
    let lead = line[..<text.startIndex]
    if !lead.isEmpty, let mark = text.first, text.dropFirst().first == " ", let color = differences[mark] {
      return lead + color(text.prefix(1)) + text.dropFirst()
    }
    if !lead.isEmpty, let word = text.split(separator: " ", maxSplits: 1).first, let color = severities[word] {
      return lead + color(word) + text[word.endIndex...]
    }
    if lead.isEmpty, let part = text.firstRange(of: " · ") {
      return bold(text[..<part.lowerBound]) + verdicts(text[part.lowerBound...])
    }
    return (lead.allSatisfy { $0 == " " } ? String(lead) : dim(lead)) + verdicts(text)
  }

  private static let differences: [Character: Colors] = ["+": .green, "-": .red, "~": .yellow]
  private static let severities: [Substring: Colors] = ["error": .red, "warning": .yellow]

  private static func verdicts(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let mark = rest.firstIndex(where: { $0 == "✓" || $0 == "⚠" }) {
      let end = rest[mark] == "✓" ? rest.index(after: mark) : rest[mark...].firstIndex(of: ",") ?? rest.endIndex
      let color = rest[mark] == "✓" ? green : yellow
      result += rest[..<mark] + color(rest[mark..<end])
      rest = rest[end...]
    }
    return result + rest
  }
}
