/// Numbers with intervals in labelled rows, such as differences with their standard errors, or ranges of weights.
public struct Intervals {
  /// One row.
  public struct Row {
    /// The name.
    public var name: String
    /// The number that a dot shows.
    public var value: Double
    /// The thick interval, such as ± one standard error.
    public var inner: ClosedRange<Double>
    /// The thin interval, such as the whole range.
    public var outer: ClosedRange<Double>
    /// The colour.
    public var ink: Ink
    /// A few words beside the name, such as the channel with the greatest value; may be empty.
    public var note: String

    /// Creates a row. If the ends of an interval are in the wrong order, they are exchanged.
    public init(
      _ name: String, _ value: Double, inner: (Double, Double), outer: (Double, Double), ink: Ink = .series(0),
      note: String = ""
    ) {
      func range(_ ends: (Double, Double)) -> ClosedRange<Double> {
        ends.0.isFinite && ends.1.isFinite ? min(ends.0, ends.1)...max(ends.0, ends.1) : value...value
      }
      (self.name, self.value, self.ink, self.note) = (name, value, ink, note)
      (self.inner, self.outer) = (range(inner), range(outer))
    }
  }

  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The quantity on the axis.
  public var quantity: String
  /// The meaning of dots and lines, in words.
  public var legend: String
  /// The rows.
  public var rows: [Row]
  /// The accepted band around 0 goes from −`bound` to `bound`; nil for no band.
  public var bound: Double?
  /// Values, such as those of other figures, that extend the axis. So several figures can have the same scale.
  public var extent: [Double]
  /// The headings of the table's columns.
  ///
  /// The columns are the name of the row, the number, both ends of the inner interval, and both ends of the outer interval. A column
  /// with an empty heading is left out.
  public var columns: [String]

  /// Creates a chart with the given rows; see the properties.
  public init(
    title: String, subject: String = "", quantity: String, legend: String, rows: [Row], bound: Double? = nil,
    extent: [Double] = [], columns: [String]
  ) {
    (self.subject, self.extent) = (subject, extent)
    (self.title, self.quantity, self.legend, self.rows) = (title, quantity, legend, rows)
    (self.bound, self.columns) = (bound, columns)
  }

  /// Draws the figure.
  public func figure() -> Figure {
    let rowHeight = 30.0
    let height = 22 + rowHeight * Double(max(rows.count, 1)) + 34
    var ends: [Double] = [-(bound ?? 0), bound ?? 0] + extent
    for row in rows {
      ends += [row.outer.lowerBound, row.outer.upperBound, row.inner.lowerBound, row.inner.upperBound, row.value]
    }
    let x = Scale(for: ends)
    let frame = Frame(
      height: height, x: x, y: Scale(.linear, 0, 1), xLabel: quantity, yLabel: legend, rowMargin: 2)
    var inside: [Mark] = []
    func line(_ from: Double, _ to: Double, _ y: Double) -> Path {
      Path(from: Point(x.place(from) * frame.area.width, y), to: Point(x.place(to) * frame.area.width, y))
    }
    if let bound {
      var band = Path()
      let (from, to) = (x.place(-bound) * frame.area.width, x.place(bound) * frame.area.width)
      band.rectangle(Rectangle(x: from, y: 0, width: to - from, height: frame.area.height))
      inside.append(.fill(band, .good, opacity: 0.12))
    }
    if x.low < 0, x.high > 0 {
      let zero = x.place(0) * frame.area.width
      inside.append(.stroke(Path(from: Point(zero, 0), to: Point(zero, frame.area.height)), Mark.Stroke(.muted)))
    }
    var labels: [Mark] = []
    for (index, row) in rows.enumerated() {
      let base = rowHeight * Double(index + 1) - 8
      inside.append(.stroke(line(row.outer.lowerBound, row.outer.upperBound, base), Mark.Stroke(row.ink, width: 1)))
      inside.append(.stroke(line(row.inner.lowerBound, row.inner.upperBound, base), Mark.Stroke(row.ink, width: 4)))
      var dot = Path()
      dot.dot(at: Point(x.place(row.value) * frame.area.width, base))
      inside.append(.stroke(dot, Mark.Stroke(row.ink, width: 8, isRound: true)))
      labels += frame.labels(
        row.name, row.note, at: Point(frame.area.x, frame.area.y + base - 9), to: frame.area.maxX,
        ink: row.ink == .bad ? .bad : .text, hasHalo: true
      ).map(Mark.text)
    }
    let numbers = [
      rows.map(\.value), rows.map(\.inner.lowerBound), rows.map(\.inner.upperBound), rows.map(\.outer.lowerBound),
      rows.map(\.outer.upperBound),
    ]
    let table = Table(
      [Table.Column(columns[0], rows.map(\.name))]
        + zip(columns.dropFirst(), numbers).filter { !$0.0.isEmpty }.map { Table.Column($0, $1) })
    let worst = rows.max { abs($0.value) < abs($1.value) }
    return Figure(
      title: title, subject: subject,
      description: "\(quantity), one row for each of \(rows.count) names. \(legend)."
        + (worst.map { " The number farthest from 0 is \(Axis.short($0.value)) (\($0.name))." } ?? ""),
      height: height, marks: frame.axes + [frame.plot(inside)] + labels, table: table)
  }
}
