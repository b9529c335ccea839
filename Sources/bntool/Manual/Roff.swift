import Checkpoints

/// The language of manual pages, man(7), in ASCII.
enum Roff: ManualMarkup {
  static let fileExtension = "1"

  static func header(_ name: String, title: String, usage: String) -> String {
    ".\\\" Made by bntool from the texts of its --help.\n"
      + ".TH \(text(name.uppercased())) 1 \"\" \"bntool \(Version.current)\" \"bntool\"\n.nh\n.ad l\n"
      + section("NAME", "\(text(name)) \\- \(text(title))\n") + section("SYNOPSIS", synopsis(usage))
  }

  static func section(_ title: String, _ body: String) -> String { body.isEmpty ? "" : ".SH \(title)\n\(body)" }

  static func subsection(_ title: String, _ body: String) -> String { ".SS \(text(title))\n\(body)" }

  static func paragraphs(_ blocks: [String]) -> String { blocks.joined(separator: ".PP\n") }

  static func list(_ entries: [(term: String, meaning: String)]) -> String {
    entries.map { entry($0.term, $0.meaning) }.joined()
  }

  static func form(names: [String], value: String?, isRepeating: Bool) -> String {
    let form = names.map { "\\fB\(text($0))\\fR" }.joined(separator: ", ")
    guard let value else { return form }
    return "\(form)\(form.isEmpty ? "" : " ")\\fI\(text(value))\\fR\(isRepeating ? " ..." : "")"
  }

  static func reference(to page: String) -> String { "\\fB\(text(page))\\fR(1)" }

  /// Escapes a text. Escaped hyphens stay hyphens, so that commands can be copied into a shell. Characters outside ASCII are written as
  /// code points.
  static func text(_ text: some StringProtocol) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      case "-": "\\-"
      case "'": "\\(aq"
      case "`": "\\(ga"
      case "^": "\\(ha"
      case "~": "\\(ti"
      case _ where scalar.isASCII: String(scalar)
      default: "\\[u\(hexadecimal(scalar.value))]"
      }
    }.joined()
  }

  /// A term and a paragraph with its meaning. The term already has its fonts.
  ///
  /// - Parameter column: The column at which the meaning begins; nil for the default.
  static func entry(_ form: String, _ meaning: String, column: Int? = nil) -> String {
    ".TP\(column.map { " \($0)n" } ?? "")\n\(protected(form))\n\(line(meaning))"
  }

  static func block(_ section: Discussion.Section) -> String {
    let text = section.text.isEmpty ? "" : line(section.text)
    guard !section.lines.isEmpty else { return text }
    let lines: String
    if let table = section.table {
      let rows = table.rows.map { entry(self.text($0.term), $0.meaning, column: table.column) }
      lines = ".PD 0\n\(rows.joined()).PD\n"
    } else {
      lines = ".nf\n\(section.lines.flatMap(broken).map(line).joined()).fi\n"
    }
    return text.isEmpty ? lines : "\(text).RS 2\n\(lines).RE\n"
  }

  /// Lines that fit into 80 columns of an indented page. A longer command continues on a second line.
  private static func broken(_ line: String) -> [String] {
    guard line.count > 72, line.hasPrefix("bntool "), let end = line.prefix(71).ranges(of: " --").last?.lowerBound
    else { return [line] }
    return ["\(line[..<end]) \\", "  \(line[end...].dropFirst())"]
  }

  /// The usage as a synopsis. Words of the command are bold, and names of values are italic. An option stays on one line with its
  /// value.
  static func synopsis(_ usage: String) -> String {
    var words: [String] = []
    var depth = 0
    for word in usage.split(whereSeparator: \.isWhitespace) {
      let isValue = word.hasPrefix("<") && (words.last.map { $0.hasPrefix("\\fB\\-") } ?? false)
      if depth > 0 || isValue || word == "..." {
        words[words.count - 1] += "\\ \(fonts(word))"
      } else {
        words.append(fonts(word))
      }
      depth += word.count { "[(".contains($0) } - word.count { "])".contains($0) }
    }
    // Further lines of the synopsis are indented by the width of the command.
    let command = words.prefix { $0.hasPrefix("\\fB") && !$0.hasPrefix("\\fB\\-") }
    return ".HP\n" + command.joined(separator: "\\ ") + "\n" + words.dropFirst(command.count).map { "\($0)\n" }.joined()
  }

  /// A word of the usage with fonts: `[--output` is bold except for the bracket, `<file>]` is italic without the angles.
  private static func fonts(_ word: Substring) -> String {
    if word == "..." || word == "|" { return String(word) }
    let opening = word.prefix { "[(".contains($0) }
    let closing = String(word.reversed().prefix { "])".contains($0) }.reversed())
    let name = word.dropFirst(opening.count).dropLast(closing.count)
    let styled = name.hasPrefix("<") ? "\\fI\(text(name.dropFirst().dropLast()))\\fR" : "\\fB\(text(name))\\fR"
    return "\(opening)\(styled)\(closing)"
  }

  /// Escapes a line of text, so that roff does not read its beginning as a request.
  private static func line(_ line: String) -> String { "\(protected(text(line)))\n" }

  /// Protects escaped text, so that roff does not read its beginning as a request.
  private static func protected(_ text: String) -> String { "\(text.hasPrefix(".") ? "\\&" : "")\(text)" }

  /// The hexadecimal code point with at least four digits, as groff requires.
  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
