import Messages

extension Figure {
  /// The text of an SVG file of the figure, with fixed colours on white, the title and the description.
  public var svgFile: String {
    SVG(figure: self, identifier: "figure", isFile: true).text
  }

  /// The figure as an element of an HTML page. A style sheet of the page gives the colours; see `StyleSheet`.
  ///
  /// - Parameter identifier: A unique name on the page.
  public func svgElement(identifier: String) -> String { SVG(figure: self, identifier: identifier, isFile: false).text }
}

/// Writes a figure as SVG (https://www.w3.org/TR/SVG11/).
private struct SVG {
  let figure: Figure
  let identifier: String
  let isFile: Bool

  var text: String {
    let (width, height) = (SVG.number(figure.width), SVG.number(figure.height))
    var text = "<svg"
    if isFile { text += " xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"" }
    text += " viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\""
    text += " aria-labelledby=\"\(identifier)-t \(identifier)-d\">"
    text += "<title id=\"\(identifier)-t\">\(Markup.escaped(figure.fullTitle))</title>"
    text += "<desc id=\"\(identifier)-d\">\(Markup.escaped(figure.description))</desc>"
    if isFile {
      text += "<style>text{font-family:Helvetica,Arial,\"DejaVu Sans\",sans-serif}</style>"
      text += "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#fff\"/>"
    }
    text += figure.marks.map(element).joined()
    return text + "</svg>"
  }

  private func element(_ mark: Mark) -> String {
    switch mark {
    case .stroke(let path, let stroke):
      var attributes = " stroke=\"\(color(stroke.ink))\""
      if stroke.width != 1 { attributes += " stroke-width=\"\(SVG.number(stroke.width))\"" }
      if stroke.opacity != 1 { attributes += " opacity=\"\(SVG.number(stroke.opacity))\"" }
      if stroke.isDashed { attributes += " stroke-dasharray=\"3 3\"" }
      if stroke.isRound { attributes += " stroke-linecap=\"round\" stroke-linejoin=\"round\"" }
      return "<path fill=\"none\"\(attributes) d=\"\(SVG.data(path))\"/>"
    case .fill(let path, let ink, let opacity):
      let faint = opacity == 1 ? "" : " fill-opacity=\"\(SVG.number(opacity))\""
      return "<path fill=\"\(color(ink))\"\(faint) d=\"\(SVG.data(path))\"/>"
    case .text(let label):
      var attributes = ""
      if label.anchor != .start { attributes += " text-anchor=\"\(label.anchor.rawValue)\"" }
      if label.isBold { attributes += " font-weight=\"600\"" }
      if label.isTick { attributes += " class=\"tick\"" }
      if label.hasHalo {
        attributes += " stroke=\"\(color(.page))\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\""
      }
      return
        "<text x=\"\(SVG.number(label.at.x))\" y=\"\(SVG.number(label.at.y))\" font-size=\"\(SVG.number(label.size))\""
        + " fill=\"\(color(label.ink))\"\(attributes)>\(Markup.escaped(label.text))</text>"
    case .image(let raster, let place):
      let source = "data:image/png;base64,\(Compression.base64(raster.png))"
      return "<image class=\"\(raster.map.rawValue)\"\(SVG.placed(place)) preserveAspectRatio=\"none\""
        + " style=\"image-rendering:pixelated\" \(isFile ? "xlink:href" : "href")=\"\(source)\"/>"
    case .plot(let area):
      let (width, height) = (SVG.number(area.frame.width), SVG.number(area.frame.height))
      // If readers enlarge the area, lines keep their width.
      let zoom =
        area.isZoomable && !isFile
        ? " class=\"plot zoom\" data-x=\"\(area.x.low) \(area.x.high) \(area.x.kind.rawValue)\"" : " class=\"plot\""
      return "<svg\(zoom)\(SVG.placed(area.frame)) viewBox=\"0 0 \(width) \(height)\" preserveAspectRatio=\"none\">"
        + area.marks.map(element).joined() + "</svg>"
    case .titled(let words, let marks):
      return "<g><title>\(Markup.escaped(words))</title>\(marks.map(element).joined())</g>"
    }
  }

  private func color(_ ink: Ink) -> String { isFile ? Ink.hexadecimal(ink.light) : "var(--\(ink.name))" }

  private static func placed(_ place: Rectangle) -> String {
    " x=\"\(number(place.x))\" y=\"\(number(place.y))\" width=\"\(number(place.width))\" height=\"\(number(place.height))\""
  }

  /// Writes a path in relative coordinates, in tenths of a point. This makes the text short.
  private static func data(_ path: Path) -> String {
    var text = ""
    var (x, y) = (0, 0)
    var (startX, startY) = (0, 0)
    func tenths(_ number: Double) -> Int { Int((min(max(number, -1e6), 1e6) * 10).rounded()) }
    func append(_ command: String, _ points: [Point]) {
      text += command
      for (index, point) in points.enumerated() {
        let (dx, dy) = (tenths(point.x) - x, tenths(point.y) - y)
        let first = decimal(dx)
        if index > 0, !first.hasPrefix("-") { text += " " }
        let second = decimal(dy)
        text += first + (second.hasPrefix("-") ? "" : " ") + second
      }
      if let last = points.last { (x, y) = (tenths(last.x), tenths(last.y)) }
    }
    for element in path.elements {
      switch element {
      case .move(let point):
        append("m", [point])
        (startX, startY) = (x, y)
      case .line(let point):
        let (newX, newY) = (tenths(point.x), tenths(point.y))
        if newY == y {
          text += "h" + decimal(newX - x)
        } else if newX == x {
          text += "v" + decimal(newY - y)
        } else {
          append("l", [point])
        }
        (x, y) = (newX, newY)
      case .curve(let first, let second, let end): append("c", [first, second, end])
      case .close:
        text += "z"
        (x, y) = (startX, startY)
      }
    }
    return text
  }

  /// Writes a number of tenths without needless digits, such as `1.5`, `-.2` or `3`.
  private static func decimal(_ tenths: Int) -> String {
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    let digits = rest == 0 ? "\(whole)" : whole == 0 ? ".\(rest)" : "\(whole).\(rest)"
    return tenths < 0 ? "-\(digits)" : digits
  }

  private static func number(_ number: Double) -> String {
    let text = Messages.decimal(number, 2)
    let short = text.hasSuffix("00") ? text.dropLast(3) : text.hasSuffix("0") ? text.dropLast(1) : text[...]
    return String(short)
  }
}
