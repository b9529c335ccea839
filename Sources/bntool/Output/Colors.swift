/// The colours of reports on terminals.
///
/// Reports themselves have no colours. Colours are added to certain marks when a report goes to a terminal. So colours do
/// not change the widths of columns, and JSON and files never contain colours.
enum Colors: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"

  /// Text in this colour.
  func callAsFunction(_ text: some StringProtocol) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

  /// Adds colours to a report: to verdicts (✓, and ⚠ up to the next comma), differences (+ - ~ at the start of a line),
  /// severities (the first word of a line), the tree of bricks, and the first part of a headline with ` · `.
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
