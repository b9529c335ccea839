/// Aligns text in columns.
enum Columns {
  /// The rows in aligned columns, separated by two spaces. The last cell of a row may be longer than its column.
  ///
  /// If a line is longer than `width`, names in the first column are shortened. If that is not enough, the last cells of each row
  /// continue in a line below it, and names are only shortened to fit a line.
  static func aligned(_ rows: [[String]], width: Int? = Terminal.lineWidth) -> [String] {
    let lines = joined(rows)
    let longest = lines.map(\.count).max() ?? 0
    guard let width, longest > width else { return lines }
    var short = shortened(rows, by: longest - width)
    if joined(short).contains(where: { $0.count > width }) {
      short = shortened(rows, by: (rows.map { $0.first?.count ?? 0 }.max() ?? 0) - width)
    }
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

  /// A table whose first row has the names of the columns. If it is wider than `width`, it is divided into tables with fewer columns, which
  /// follow each other. Each of them begins with the first column.
  static func table(_ rows: [[String]], width: Int? = Terminal.lineWidth) -> [String] {
    func part(_ columns: Range<Int>) -> [String] { joined(rows.map { [$0[0]] + $0[columns] }) }
    guard let columnCount = rows.first?.count, columnCount > 1 else { return joined(rows) }
    var tables: [String] = []
    var start = 1
    while start < columnCount {
      var end = start + 1
      while end < columnCount, part(start..<end + 1).allSatisfy({ $0.count <= width ?? .max }) { end += 1 }
      tables += part(start..<end)
      start = end
    }
    return tables
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
    guard excess > 0 else { return rows }
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

  /// Breaks the long lines of a text, and indents their second parts by two spaces. Lines are broken between parts with two spaces
  /// between them if possible, and otherwise between words. A line with a command stays whole, so that it can be copied.
  static func folded(_ text: String, width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      guard line.count > width, !line.contains("bntool ") else { return [String(line)] }
      let indentation = line.prefix { $0 == " " }
      let (first, rest) = (width - indentation.count, width - indentation.count - 2)
      var lines: [String] = []
      func add(_ text: String, after separator: String) {
        if let last = lines.last, last.count + separator.count + text.count <= (lines.count == 1 ? first : rest) {
          lines[lines.count - 1] += separator + text
        } else {
          lines.append(text)
        }
      }
      for phrase in line.dropFirst(indentation.count).components(separatedBy: "  ") where !phrase.isEmpty {
        if phrase.count <= rest {
          add(phrase, after: "  ")
        } else {
          for (index, words) in units(of: phrase).enumerated() { add(words, after: index == 0 ? "  " : " ") }
        }
      }
      return lines.enumerated().map { indentation + ($0 == 0 ? "" : "  ") + $1 }
    }.joined(separator: "\n")
  }

  /// The words of a text. A word of one character, such as ε or ✓, stays with the word after it.
  private static func units(of text: String) -> [String] {
    text.components(separatedBy: " ").reduce(into: []) { units, word in
      if let last = units.last, last.split(separator: " ").last?.count == 1 {
        units[units.count - 1] = "\(last) \(word)"
      } else {
        units.append(word)
      }
    }
  }
}
