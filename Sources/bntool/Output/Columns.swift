/// Aligns text in columns.
enum Columns {
  /// The rows in aligned columns, separated by two spaces. The last cell of a row may be longer than its column.
  ///
  /// If a line is longer than `width`, names in the first column are shortened. If that is not enough, the last cells of each row
  /// continue in a line below it.
  static func aligned(_ rows: [[String]], width: Int? = Terminal.lineWidth) -> [String] {
    let lines = joined(rows)
    let longest = lines.map(\.count).max() ?? 0
    guard let width, longest > width else { return lines }
    let short = shortened(rows, by: longest - width)
    func part(_ columns: Range<Int>) -> [String] {
      joined(
        short.map { row in
          var cells = Array(row.dropFirst(columns.lowerBound).prefix(columns.count))
          if columns.lowerBound > 0, !cells.isEmpty { cells[0] = indentation(below: row) + cells[0] }
          return cells
        })
    }
    var parts: [[String]] = []
    var columns = 0..<0
    for column in 0..<(rows.map(\.count).max() ?? 0) {
      let wider = columns.lowerBound..<column + 1
      if columns.isEmpty || part(wider).allSatisfy({ $0.count <= width }) {
        columns = wider
      } else {
        parts.append(part(columns))
        columns = column..<column + 1
      }
    }
    parts.append(part(columns))
    return rows.indices.flatMap { row in parts.map { $0[row] }.filter { $0.contains { $0 != " " } } }
  }

  /// The space before the cells that continue a row below it.
  private static func indentation(below row: [String]) -> String {
    String(repeating: " ", count: 4 + (row.first ?? "").prefix { $0 == " " }.count)
  }

  private static func joined(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    let counts = rows.map { $0.dropLast().map(\.count) }
    for row in counts {
      for (column, count) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], count)
      }
    }
    return rows.indices.map { index in
      let (row, counts) = (rows[index], counts[index])
      let last = row.lastIndex { !$0.isEmpty } ?? -1
      var line = ""
      for column in 0..<max(last, 0) {
        line += row[column]
        line += String(repeating: " ", count: widths[column] - counts[column] + 2)
      }
      return last < 0 ? line : line + row[last]
    }
  }

  /// The rows with shorter names in the first column. Before a name, there can be spaces and one mark, such as ✓.
  private static func shortened(_ rows: [[String]], by excess: Int) -> [[String]] {
    let places = rows.map { row -> (lead: Substring, name: Substring)? in
      guard row.count > 1, let cell = row.first else { return nil }
      let start = cell.lastIndex(of: " ").map { cell.index(after: $0) } ?? cell.startIndex
      let lead = cell[..<start]
      return lead.count { $0 != " " } <= 1 && start < cell.endIndex ? (lead, cell[start...]) : nil
    }
    let longest = places.compactMap { $0?.name.count }.max() ?? 0
    let names = ShortNames.shortened(places.map { String($0?.name ?? "") }, to: longest - excess)
    return rows.indices.map { index in
      places[index].map { ["\($0.lead)\(names[index])"] + rows[index].dropFirst() } ?? rows[index]
    }
  }

  /// A number of spaces. `String(repeating:count:)` takes far longer.
  static func spaces(_ count: Int) -> String {
    String(unsafeUninitializedCapacity: count) { bytes in
      bytes.initialize(repeating: UInt8(ascii: " "))
      return count
    }
  }

  /// A line without the spaces at its end.
  static func withoutLastSpaces(_ line: String) -> String {
    var line = line
    while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
    return line
  }

  /// Joins texts to lines of at most the given width. A longer text gets its own line.
  static func wrapped(_ texts: [String], width: Int, separator: String = "  ") -> [String] {
    var lines: [String] = []
    for text in texts {
      if let last = lines.last, last.count + separator.count + text.count <= width {
        lines[lines.count - 1] = last + separator + text
      } else {
        lines.append(text)
      }
    }
    return lines
  }

  /// Breaks the long lines of a text, and indents their second parts by two spaces. A line with a command stays whole, so that it can
  /// be copied.
  static func folded(_ text: String, width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      guard line.count > width, !line.contains("bntool ") else { return [String(line)] }
      let indentation = line.prefix { $0 == " " }.count
      let words = line.dropFirst(indentation).components(separatedBy: " ")
      let lead = String(repeating: " ", count: indentation)
      var lines = wrapped(words, width: width - indentation, separator: " ")
      guard lines.count > 1 else { return [String(line)] }
      let first = lines.removeFirst()
      let rest = wrapped(
        lines.flatMap { $0.components(separatedBy: " ") }, width: width - indentation - 2, separator: " ")
      return [lead + first] + rest.map { "\(lead)  \($0)" }
    }.joined(separator: "\n")
  }
}
