import CZlib
import Testing

@testable import Figures

@Suite("A rendered figure")
struct RenderingTests {
  /// The vectors of RFC 4648, section 10.
  @Test(
    "writes bytes in base 64",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")])
  func base64(_ text: String, _ expected: String) { #expect(Compression.base64(Array(text.utf8)) == expected) }

  @Test("has pictures whose pixels come back from the PNG file")
  func png() throws {
    let cells: [UInt8] = [0, 127, 254, 255, 1, 2]
    let bytes = Raster(columns: 3, rows: 2, cells: cells, map: .sequential).png
    #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    var chunks: [String: [UInt8]] = [:]
    var place = 8
    while place < bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
      let body = Array(bytes[place + 4..<place + 8 + length])
      let sum = bytes[place + 8 + length..<place + 12 + length].reduce(0) { $0 << 8 | UInt($1) }
      #expect(crc32(0, body, UInt32(body.count)) == sum, "\(type)")
      chunks[type] = Array(body.dropFirst(4))
      place += 12 + length
    }
    #expect(chunks["IHDR"] == [0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0])
    #expect(chunks["PLTE"]?.count == 768)
    var lines = [UInt8](repeating: 9, count: 8)
    var count = UInt(lines.count)
    let data = try #require(chunks["IDAT"])
    #expect(uncompress(&lines, &count, data, UInt(data.count)) == Z_OK)
    #expect(lines == [0, 0, 127, 254, 0, 255, 1, 2])
  }

  @Test("escapes the texts of files, which may contain markup and control characters")
  func escaping() {
    #expect(Markup.escaped("a<b>&\"c\"\u{1B}") == "a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}")
    let figure = Figure(
      title: "<script>", description: "\u{7}", height: 10,
      marks: [.text(Mark.Label("</svg>", at: Point(0, 0)))], table: Table([]))
    #expect(!figure.svgElement(identifier: "f").contains("<script>"))
    #expect(!figure.svgFile.contains("</svg><"))
  }

  @Test("writes paths in short relative coordinates")
  func paths() {
    let path = Path(through: [Point(10, 20), Point(10.5, 20), Point(9, 18.25), Point(.nan, 0), Point(0, 0)])
    let figure = Figure(
      title: "t", description: "d", height: 30, marks: [.stroke(path, Mark.Stroke(.text))], table: Table([]))
    #expect(figure.svgElement(identifier: "f").contains("d=\"m10 20h.5l-1.5-1.7m-9-18.3\""))
  }

  @Test("describes itself for readers who do not see it, with names that belong to it alone")
  func description() {
    let figure = Figure(title: "Mean", subject: "/a", description: "Low.", height: 30, marks: [], table: Table([]))
    let text = figure.svgElement(identifier: "figure-7")
    #expect(text.contains("role=\"img\" aria-labelledby=\"figure-7-t figure-7-d\""))
    #expect(text.contains("<title id=\"figure-7-t\">/a: Mean</title><desc id=\"figure-7-d\">Low.</desc>"))
  }

  @Test("keeps long tables small by compressing them")
  func downloads() {
    #expect(Markup.download(Table([Table.Column("x", [1, 2])])).ending == "csv")
    let long = Markup.download(Table([Table.Column("x", [Int](repeating: 7, count: 40_000))]))
    #expect(long.ending == "csv.gz")
    // 1f 8b is the beginning of every gzip file.
    #expect(long.address.hasPrefix("data:application/gzip;base64,H4s"))
    #expect(long.address.count < 1000)
  }
}
