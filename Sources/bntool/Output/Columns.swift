/// Text in columns.
enum Columns {
  /// Rows with every column but the last padded to its widest cell, two spaces apart, without trailing space.
  static func aligned(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let line = row.enumerated().map { column, cell in
        cell + String(repeating: " ", count: column == row.count - 1 ? 0 : widths[column] - cell.count + 2)
      }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
