/// A chart of named series over named positions, such as the drift of normalizations over checkpoints.
public struct Lines {
  /// One series.
  public struct Series {
    /// The name.
    public var name: String
    /// The values, one for each position. Values that are not finite interrupt the line.
    public var values: [Double]
    /// A few words beside the name in the legend, such as the channel with the greatest values; may be empty.
    public var note: String

    /// Creates a series from its name, values and note.
    public init(_ name: String, _ values: [Double], note: String = "") {
      (self.name, self.values, self.note) = (name, values, note)
    }
  }

  /// The number of series that have a colour. All others are grey.
  static let coloredCount = 5

  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The quantity on the vertical axis.
  public var quantity: String
  /// The noun for positions, such as `checkpoint`.
  public var placeNoun: String
  /// The names of the positions on the horizontal axis.
  public var places: [String]
  /// The series. The series with the greatest absolute values get colours.
  public var series: [Series]
  /// Whether the vertical axis shows 0.
  public var includesZero: Bool

  /// Creates a chart with a line for each series; see the properties.
  public init(
    title: String, subject: String = "", quantity: String, placeNoun: String, places: [String], series: [Series],
    includesZero: Bool = true
  ) {
    self.subject = subject
    (self.title, self.quantity, self.placeNoun) = (title, quantity, placeNoun)
    (self.places, self.series, self.includesZero) = (places, series, includesZero)
  }

  /// The figure. Its table has all values.
  public func figure() -> Figure {
    func greatest(_ series: Series) -> Double { series.values.filter(\.isFinite).map(abs).max() ?? -1 }
    let order = series.indices.sorted { greatest(series[$0]) > greatest(series[$1]) }
    let colored = Array(order.prefix(Lines.coloredCount))
    let legendHeight = 15.0 * Double(colored.count)
    let height = 210 + legendHeight
    let y = Scale(for: series.lazy.flatMap(\.values), ratio: includesZero ? 200 : .infinity, includesZero: includesZero)
    let x = Scale(.integer, -0.3, Double(places.count) - 0.7)
    let labels = places.map { Frame.shortened($0, to: 88) }
    let room = max(1, Int(310 / ((labels.map { Frame.width(of: $0) }.max() ?? 0) + 10)))
    let every = (places.count + room - 1) / room
    let ticks = places.indices.filter { (places.count - 1 - $0) % every == 0 }.map {
      (number: Double($0), label: labels[$0])
    }
    let frame = Frame(
      height: height, x: x, y: y, xLabel: placeNoun,
      yLabel: quantity + (y.kind == .logarithmic ? ", logarithmic scale" : ""), top: 22 + legendHeight, xTicks: ticks)
    var marks = frame.axes
    var inside: [Mark] = []
    for index in order.dropFirst(colored.count) {
      inside.append(.stroke(path(series[index], frame), Mark.Stroke(.muted, width: 0.8, opacity: 0.5)))
    }
    for (color, index) in colored.enumerated().reversed() {
      let ink = Ink.series(color)
      inside.append(.stroke(path(series[index], frame), Mark.Stroke(ink, width: 1.8)))
      var dots = Path()
      for (place, value) in series[index].values.enumerated() where value.isFinite {
        dots.dot(at: frame.point(Double(place), value))
      }
      inside.append(.stroke(dots, Mark.Stroke(ink, width: 5, isRound: true)))
      let base = 26.0 + 15 * Double(color)
      var key = Path()
      key.move(to: Point(2, base - 4))
      key.line(to: Point(16, base - 4))
      marks.append(.stroke(key, Mark.Stroke(ink, width: 2.5)))
      marks += frame.labels(series[index].name, series[index].note, at: Point(22, base), to: Figure.panelWidth).map(
        Mark.text)
    }
    marks.append(frame.plot(inside))
    let table = Table(
      [Table.Column(placeNoun, places)] + series.map { Table.Column($0.name, $0.values) })
    let others = series.count - colored.count
    return Figure(
      title: title, subject: subject,
      description: "The \(quantity) of \(series.count) series at \(places.count) positions. "
        + (order.first.map {
          "\(series[$0].name) has the greatest absolute value, \(Axis.short(greatest(series[$0])))."
        } ?? "")
        + (others > 0 ? " \(others) other series are grey." : ""),
      height: height, marks: marks, table: table)
  }

  private func path(_ series: Series, _ frame: Frame) -> Path {
    Path(
      through: series.values.enumerated().map { place, value in
        value.isFinite ? frame.point(Double(place), value) : Point(.nan, .nan)
      })
  }
}
