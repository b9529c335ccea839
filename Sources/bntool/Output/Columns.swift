/// Text in columns.
enum Columns {
  /// The rows in aligned columns, separated by two spaces. The last cell of a row may be longer than its column.
  static func aligned(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.dropLast().enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      let cells = row.reversed().drop(while: \.isEmpty).reversed()
      return cells.enumerated().map { column, cell in
        cell + String(repeating: " ", count: column == cells.count - 1 ? 0 : widths[column] - cell.count + 2)
      }.joined()
    }
  }

  /// The texts in lines of at most the given width. A longer text gets its own line.
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
}
