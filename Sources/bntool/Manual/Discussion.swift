/// A command's discussion in parts.
///
/// Paragraphs are apart by an empty line. In a paragraph, lines that begin with two spaces stand as they are; a heading over
/// examples, or over exit statuses, makes the paragraph a section of its own.
struct Discussion {
  struct Section {
    /// The title of a section of its own; nil for what belongs to the description.
    let title: String?
    /// What is said in front of the lines.
    let text: String
    /// Lines that keep their breaks, without the indentation that is common to all.
    let lines: [String]
  }

  let sections: [Section]

  init(_ discussion: String) {
    let titles = ["Example:": "EXAMPLES", "Examples:": "EXAMPLES", "Exit status:": "EXIT STATUS"]
    let paragraphs = discussion.split(separator: "\n", omittingEmptySubsequences: false).split(separator: "")
    sections = paragraphs.map { paragraph in
      let text = paragraph.prefix { !$0.hasPrefix("  ") }.joined(separator: " ")
      let lines = paragraph.drop { !$0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
      let title = lines.isEmpty ? nil : titles[text]
      return Section(title: title, text: title == nil ? text : "", lines: lines)
    }
  }
}
