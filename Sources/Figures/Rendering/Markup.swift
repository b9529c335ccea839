/// Functions for the text of HTML and SVG files.
public enum Markup {
  /// Escapes text for HTML and SVG: replaces characters that have a meaning in markup, and removes control characters.
  public static func escaped(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "\n": result.append(scalar)
      default:
        result.append(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  /// The rules that give a page's figures their colours: light, and dark if the reader's system is dark.
  public static let colors: String = {
    func rules(_ color: (Ink) -> UInt32) -> String {
      Ink.all.map { "--\($0.name):\(Ink.hexadecimal(color($0)))" }.joined(separator: ";")
    }
    return ":root{color-scheme:light dark;\(rules(\.light))}"
      + "@media screen and (prefers-color-scheme:dark){:root{\(rules(\.dark))}"
      // Invert only the lightness of heatmaps: signed numbers keep their hues, and the middle becomes dark like the page.
      + "image.diverging{filter:invert(1) hue-rotate(180deg)}}"
  }()

  /// Returns a `data:` URL that downloads a table as CSV, compressed by gzip if the text is long.
  ///
  /// - Returns: The URL, and the extension for the name of the downloaded file.
  public static func download(_ table: Table) -> (address: String, ending: String) {
    let text = Array(table.commaSeparated.utf8)
    guard text.count > 20_000 else {
      return ("data:text/csv;charset=utf-8;base64,\(Compression.base64(text))", "csv")
    }
    let level: Int32 = text.count > 4_000_000 ? 3 : 6
    return (
      "data:application/gzip;base64,\(Compression.base64(Compression.compressed(text, .gzip, level: level)))", "csv.gz"
    )
  }
}
