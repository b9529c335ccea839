/// Text in columns.
enum Columns {
  /// Rows with every cell but the last of a row padded to the widest such cell of its column, two spaces apart.
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

  /// Texts, two spaces apart if nothing else is said, in lines that are no longer than a width where no single text is.
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
