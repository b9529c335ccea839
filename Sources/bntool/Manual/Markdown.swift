/// Text in Markdown, for the pages of the documentation's site.
enum Markdown: ManualMarkup {
  static let fileExtension = "md"

  static func header(_ name: String, title: String, usage: String) -> String {
    "# \(name)\n\n\(text(title.prefix(1).uppercased() + title.dropFirst())).\n\n## Synopsis\n\n\(code(usage))"
  }

  static func section(_ title: String, _ body: String) -> String {
    body.isEmpty ? "" : "\n## \(title.prefix(1))\(title.dropFirst().lowercased())\n\n\(body)"
  }

  static func subsection(_ title: String, _ body: String) -> String { "\n### \(title)\n\n\(body)" }

  static func paragraphs(_ blocks: [String]) -> String { blocks.joined(separator: "\n") }

  static func list(_ entries: [(term: String, meaning: String)]) -> String {
    entries.map { "- \($0.term): \(text($0.meaning))\n" }.joined()
  }

  static func block(_ section: Discussion.Section) -> String {
    let paragraph = section.text.isEmpty ? "" : "\(text(section.text))\n"
    guard !section.lines.isEmpty else { return paragraph }
    let separator = paragraph.isEmpty ? "" : "\n"
    guard let table = section.table else {
      return "\(paragraph)\(separator)\(code(section.lines.joined(separator: "\n")))"
    }
    return paragraph + separator + list(table.rows.map { ("`\($0.term)`", $0.meaning) })
  }

  static func form(names: [String], value: String?, isRepeating: Bool) -> String {
    let value = value.map { names.isEmpty ? $0 : " \($0)" } ?? ""
    return "`\(names.joined(separator: ", "))\(value)\(isRepeating && !value.isEmpty ? " ..." : "")`"
  }

  static func reference(to page: String) -> String { "[\(page)](\(page).md)" }

  /// Escapes the characters that have a meaning in Markdown, and sets options such as `--output` as code.
  static func text(_ text: some StringProtocol) -> String {
    let escaped = String(text.flatMap { "\\`*_<[]".contains($0) ? ["\\", $0] : [$0] })
    return escaped.replacing(/--[a-z][a-z-]*/) { "`\($0.output)`" }
  }

  private static func code(_ text: String) -> String { "```\n\(text)\n```\n" }
}
