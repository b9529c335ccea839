import Checkpoints
import Figures
import Messages

/// One HTML page that needs no other file: sections with headings, texts and figures.
struct Page {
  /// A part of the page with a heading.
  struct Section {
    var title: String
    /// The fragment (the part after #) of the section's address.
    var identifier: String
    var html: String
  }

  let title: String
  private(set) var sections: [Section] = []
  private(set) var figureCount = 0
  /// The number of bytes so far, without the numbers and images inside of addresses.
  private(set) var size = Markup.colors.utf8.count + PageStyle.text.utf8.count + PageScript.text.utf8.count + 2000
  /// The size at the end of the last section.
  private var sectionSize = 0

  init(title: String) {
    self.title = title
    sectionSize = size
  }

  /// Adds a section, unless it has no content.
  mutating func add(_ title: String, _ html: String) {
    guard !html.isEmpty else { return }
    sectionSize += Page.byteCount(of: html)
    size = sectionSize
    sections.append(Section(title: title, identifier: "section-\(sections.count + 1)", html: html))
  }

  /// The HTML of a figure with its caption, and with its numbers as a table and as a file to download.
  ///
  /// - Parameters:
  ///   - note: A sentence below the picture.
  ///   - isWide: Whether the figure may take the whole width of the page. A wider figure scrolls.
  mutating func html(of figure: Figure, note: String = "", isWide: Bool = false) -> String {
    figureCount += 1
    let identifier = "figure-\(figureCount)"
    let table = figure.data ?? figure.table
    let download = Markup.download(table)
    let name = Page.fileName(figure.fullTitle)
    let picture = figure.svgElement(identifier: identifier)
    // A wide picture shrinks a little before it scrolls.
    let width = Int(figure.width)
    let size = isWide ? " style=\"--w:max(min(100%,\(width)px),\(width * 7 / 10)px)\"" : ""
    let html = """
      <figure id="\(identifier)" data-name="\(Markup.escaped(figure.fullTitle.lowercased()))"\(isWide ? " class=\"wide\"" : "")>
      <figcaption>\(Markup.escaped(figure.title))\(Page.subject(figure.subject))</figcaption>
      <div class="picture"\(isWide ? " tabindex=\"0\" role=\"region\" aria-label=\"Picture: \(Markup.escaped(figure.fullTitle))\"" : "")\(size)>\(picture)</div>
      \(note.isEmpty ? "" : "<p class=\"note\">\(Markup.escaped(note))</p>\n")<details><summary>Numbers</summary>
      \(TableHTML.html(of: figure.table, caption: figure.fullTitle))
      <p><a class="data" download="\(name).\(download.ending)" href="\(download.address)">\(figure.data == nil ? "These" : "All \(grouped(table.valueCount))") numbers (\(download.ending.uppercased()))</a></p>
      </details>
      </figure>

      """
    self.size += Page.byteCount(of: html)
    return html
  }

  /// The number of bytes of HTML without the numbers and images inside of addresses.
  private static func byteCount(of html: String) -> Int {
    html.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false).reduce(0) { sum, part in
      part.starts(with: "data:".utf8) ? sum : sum + part.count + 1
    }
  }

  /// A command for a shell. A line may end between its words, but not inside the name of an option.
  static func command(_ text: String) -> String {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let word = Markup.escaped(String(word))
      return word.hasPrefix("--") ? "<span class=\"word\">\(word)</span>" : word
    }
    return "<pre>\(words.joined(separator: " "))</pre>"
  }

  /// The HTML of figures side by side, in as many columns as the page has room for.
  func panels(_ figures: [String]) -> String {
    figures.isEmpty ? "" : "<div class=\"panels\">\n\(figures.joined())</div>\n"
  }

  /// The HTML of the whole page.
  var text: String {
    let links = sections.map { "<li><a href=\"#\($0.identifier)\">\(Markup.escaped($0.title))</a></li>" }.joined()
    let content = sections.map { section in
      """
      <section id="\(section.identifier)" aria-labelledby="\(section.identifier)-h">
      <h2 id="\(section.identifier)-h">\(Markup.escaped(section.title))</h2>
      \(section.html)</section>

      """
    }.joined()
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none';img-src data:;style-src 'unsafe-inline';script-src 'unsafe-inline'">
      <meta name="generator" content="bntool \(Version.current)">
      <title>\(Markup.escaped(title))</title>
      <style>\(Markup.colors)\(PageStyle.text)</style>
      </head>
      <body>
      <a class="skip" href="#section-1">Skip to the content</a>
      <header><h1>\(Markup.escaped(title))</h1></header>
      <nav aria-label="Sections"><ol>\(links)</ol></nav>
      <main>
      \(content)</main>
      <footer><p>Made by bntool \(Version.current). σ = sqrt(biased variance + ε). This page needs no network.</p></footer>
      <script>\(PageScript.text)</script>
      </body>
      </html>

      """
  }

  /// The subject of a figure. A long path may continue on the next line after each slash.
  private static func subject(_ text: String) -> String {
    text.isEmpty ? "" : "<span>\(TableHTML.breakable(Markup.escaped(text)))</span>"
  }

  /// Makes the name of a file from the title of a figure.
  private static func fileName(_ title: String) -> String {
    let words = title.lowercased().split { !($0.isLetter || $0.isNumber) || !$0.isASCII }
    return words.isEmpty ? "numbers" : words.joined(separator: "-")
  }
}
