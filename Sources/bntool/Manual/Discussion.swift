/// The discussion of a command, divided into sections.
///
/// An empty line separates paragraphs. Lines that begin with two spaces keep their breaks. Examples and exit statuses have headings
/// and form sections of their own.
struct Discussion {
  struct Section {
    /// The title; nil if the section belongs to the description.
    let title: String?
    /// The text before the lines.
    let text: String
    /// Lines that keep their breaks, without the common indentation.
    let lines: [String]
  }

  let sections: [Section]

  init(_ discussion: String) {
    let titles = ["Example:": "EXAMPLES", "Examples:": "EXAMPLES", "Exit status:": "EXIT STATUS"]
    var sections: [Section] = []
    for paragraph in discussion.split(separator: "\n", omittingEmptySubsequences: false).split(separator: "") {
      var rest = paragraph
      while !rest.isEmpty {
        let text = rest.prefix { !$0.hasPrefix("  ") }
        let lines = rest.dropFirst(text.count).prefix { $0.hasPrefix("  ") }
        rest = rest.dropFirst(text.count + lines.count)
        let words = text.joined(separator: " ")
        let title = lines.isEmpty ? nil : titles[words]
        sections.append(
          Section(title: title, text: title == nil ? words : "", lines: lines.map { String($0.dropFirst(2)) }))
      }
    }
    self.sections = sections
  }
}

extension Discussion.Section {
  /// A table. Each row has a term, and a meaning that can continue on further lines in the same column.
  struct Table {
    let column: Int
    var rows: [(term: String, meaning: String)] = []
  }

  /// The lines as a table; nil if they do not form a table.
  var table: Table? {
    guard let first = lines.first, let gap = first.firstRange(of: "  "),
      let meaning = first[gap.lowerBound...].firstIndex(where: { $0 != " " }), gap.lowerBound > first.startIndex
    else { return nil }
    var table = Table(column: first.distance(from: first.startIndex, to: meaning))
    for line in lines {
      let lead = line.prefix(table.column)
      let hasMeaning = line.count > table.column && lead.last == " "
      if !line.hasPrefix(" ") {
        table.rows.append(
          (hasMeaning ? Self.trimmed(lead) : line, hasMeaning ? String(line.dropFirst(lead.count)) : ""))
      } else if hasMeaning, lead.allSatisfy({ $0 == " " }) {
        let row = table.rows.removeLast()
        table.rows.append((row.term, row.meaning + (row.meaning.isEmpty ? "" : " ") + line.dropFirst(lead.count)))
      } else {
        return nil
      }
    }
    return table
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.reversed().drop { $0 == " " }.reversed())
  }
}
