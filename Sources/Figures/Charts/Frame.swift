import Platform

/// The frame of a chart: two axes with ticks, a grid, and the area between them.
struct Frame {
  let width: Double
  let height: Double
  let x: Scale
  let y: Scale
  let area: Rectangle
  /// The axes, which are drawn before the marks of the area.
  let axes: [Mark]

  /// The font size of labels in points.
  static let textSize = 11.0

  /// - Parameters:
  ///   - top: The height above the area, for the label of the vertical axis and a legend.
  ///   - rowMargin: The width to the left of the area, if the area has rows instead of a vertical axis with ticks.
  init(
    width: Double = Figure.panelWidth, height: Double, x: Scale, y: Scale, xLabel: String, yLabel: String,
    top: Double = 22, right: Double = 12, xTicks: [(number: Double, label: String)]? = nil, rowMargin: Double? = nil
  ) {
    (self.width, self.height, self.x, self.y) = (width, height, x, y)
    let bottom = 34.0
    let yTicks = rowMargin != nil ? [] : y.ticks(Int((height - top - bottom) / 34))
    let left = rowMargin ?? max(28, 10 + (yTicks.map { Frame.width(of: $0.label) }.max() ?? 0))
    area = Rectangle(x: left, y: top, width: width - left - right, height: height - top - bottom)
    var marks: [Mark] = []
    var grid = Path()
    for tick in yTicks {
      let place = area.maxY - y.place(tick.number) * area.height
      grid.move(to: Point(area.x, place))
      grid.line(to: Point(area.maxX, place))
      marks.append(.text(Mark.Label(tick.label, at: Point(left - 6, place + 3.8), anchor: .end)))
    }
    let ticks = xTicks ?? x.ticks(fitting: area.width)
    var tickLines = Path()
    var labelEnd = -Double.infinity
    for tick in ticks {
      let place = area.x + x.place(tick.number) * area.width
      if rowMargin != nil {
        grid.move(to: Point(place, area.y))
        grid.line(to: Point(place, area.maxY))
      }
      tickLines.move(to: Point(place, area.maxY))
      tickLines.line(to: Point(place, area.maxY + 3))
      // A label must not cross the side of the figure.
      let half = Frame.width(of: tick.label) / 2
      let middle = min(max(place, half), max(width - half, half))
      guard middle - half >= labelEnd else { continue }
      labelEnd = middle + half + 3
      var label = Mark.Label(tick.label, at: Point(middle, area.maxY + 14.5), anchor: .middle)
      label.isTick = true
      marks.append(.text(label))
    }
    grid.move(to: Point(area.x, area.maxY))
    grid.line(to: Point(area.maxX, area.maxY))
    marks.insert(.stroke(grid, Mark.Stroke(.grid)), at: 0)
    marks.insert(.stroke(tickLines, Mark.Stroke(.muted)), at: 1)
    marks.append(.text(Mark.Label(yLabel, at: Point(0, 11), ink: .text)))
    marks.append(.text(Mark.Label(xLabel, at: Point(area.maxX, height - 4), anchor: .end, ink: .text)))
    axes = marks
  }

  /// Converts a pair of numbers to a point, relative to the upper left corner of the area.
  func point(_ x: Double, _ y: Double) -> Point {
    Point(self.x.place(x) * area.width, (1 - min(max(self.y.place(y), -2), 3)) * area.height)
  }

  func plot(_ marks: [Mark], isZoomable: Bool = false) -> Mark {
    .plot(Mark.PlotArea(frame: area, x: x, isZoomable: isZoomable, marks: marks))
  }

  /// A name, and a note at the end of its line, if there is one. The name is cut if there is no room for both.
  func labels(
    _ name: String, _ note: String, at point: Point, to right: Double, ink: Ink = .text, hasHalo: Bool = false
  ) -> [Mark.Label] {
    let room = right - point.x - (note.isEmpty ? 0 : Frame.width(of: note) + 8)
    let label = Mark.Label(Frame.shortened(name, to: room), at: point, ink: ink, hasHalo: hasHalo)
    return note.isEmpty
      ? [label] : [label, Mark.Label(note, at: Point(right, point.y), anchor: .end, hasHalo: hasHalo)]
  }

  /// The approximate width of text in the usual size.
  static func width(of text: String, size: Double = textSize) -> Double { Double(text.count) * size * 0.56 }

  /// Cuts the beginning of a text that is too wide. The end stays, because names usually differ at their ends.
  static func shortened(_ text: String, to width: Double, size: Double = textSize) -> String {
    let count = Int(width / (size * 0.56))
    return text.count <= count ? text : "…" + text.suffix(max(count - 1, 1))
  }
}
