import Figures
import Messages

/// Writes the tables of figures as HTML.
enum TableHTML {
  /// The greatest number of rows in a table. The file to download has all rows.
  static let rowLimit = 200

  /// A table with a caption for screen readers. Numbers have three significant digits.
  static func html(of table: Table, caption: String) -> String {
    let headings = table.columns.map { "<th scope=\"col\">\(Markup.escaped($0.name))</th>" }.joined()
    let count = min(table.rowCount, rowLimit)
    let rows = (0..<count).map { row in
      "<tr>" + table.columns.enumerated().map { cell($1, row, isFirst: $0 == 0) }.joined() + "</tr>"
    }
    let rest = table.rowCount - count
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="Numbers: \(Markup.escaped(caption))"><table>
      <caption>\(Markup.escaped(caption))</caption>
      <thead><tr>\(headings)</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody>
      </table></div>
      """
        + (rest > 0
          ? "<p class=\"note\">\(counted(rest, "more row")) \(rest == 1 ? "is" : "are") in the file below.</p>" : "")
  }

  /// The number of rows of a long table that are always shown.
  static let leadingRows = 20

  /// A table with cells of HTML. The first cell of a row is its heading. A long table shows only its first rows until the reader opens
  /// it.
  static func html(headings: [String], rows: [[String]], caption: String) -> String {
    guard rows.count > 2 * leadingRows else { return whole(headings, rows, caption) }
    return whole(headings, Array(rows.prefix(leadingRows)), "\(caption), the first \(leadingRows)")
      + "<details class=\"part\"><summary>All \(grouped(rows.count)) rows</summary>\n\(whole(headings, rows, caption))</details>\n"
  }

  private static func whole(_ headings: [String], _ rows: [[String]], _ caption: String) -> String {
    let head = headings.map { "<th scope=\"col\">\(Markup.escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr>"
        + row.enumerated().map {
          $0 == 0
            ? "<th scope=\"row\">\(breakable($1))</th>" : "<td\($1.count > 40 ? " class=\"long\"" : "")>\($1)</td>"
        }.joined() + "</tr>"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(Markup.escaped(caption))"><table class="text">
      <caption>\(Markup.escaped(caption))</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody>
      </table></div>

      """
  }

  /// A path that may continue on the next line after slashes and underscores.
  static func breakable(_ text: String) -> String {
    text.replacing("/", with: "/<wbr>").replacing("_", with: "_<wbr>")
  }

  private static func cell(_ column: Table.Column, _ row: Int, isFirst: Bool) -> String {
    let text =
      switch column.values {
      case .texts(let values): Markup.escaped(values[row])
      case .integers(let values): String(values[row])
      case .numbers(let values): values[row].isFinite ? Formatting.short(values[row]) : "–"
      }
    return isFirst ? "<th scope=\"row\">\(breakable(text))</th>" : "<td>\(text)</td>"
  }
}
