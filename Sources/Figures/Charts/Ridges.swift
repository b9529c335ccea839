/// Distributions as small histograms in rows above one axis, such as the deviations of each normalization.
public struct Ridges {
  /// One distribution.
  public struct Row {
    /// The name.
    public var name: String
    /// The values. Values that are not finite are left out.
    public var values: [Double]
    /// The colour.
    public var ink: Ink
    /// The values of the same distribution in another figure, which gets the same scales.
    public var peer: [Double]

    /// Creates the row of a distribution.
    public init(_ name: String, _ values: [Double], ink: Ink = .series(0), peer: [Double] = []) {
      (self.name, self.values, self.ink, self.peer) = (name, values, ink, peer)
    }
  }

  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The quantity on the axis, such as `σ`.
  public var quantity: String
  /// The distributions.
  public var rows: [Row]
  /// A number that is marked by a line, such as sqrt(ε).
  public var reference: (number: Double, label: String)?

  /// Creates a chart with a histogram for each row; see the properties.
  public init(
    title: String, subject: String = "", quantity: String, rows: [Row],
    reference: (number: Double, label: String)? = nil
  ) {
    self.subject = subject
    (self.title, self.quantity, self.rows, self.reference) = (title, quantity, rows, reference)
  }

  /// The number of bars of a row. It is odd, so that equal values, which are in the middle, are inside one bar.
  static let binCount = 49

  /// The figure. Its table has the range and the quartiles of each row.
  public func figure() -> Figure {
    let rowHeight = rows.count == 1 ? 150.0 : 46.0
    let top = rows.count == 1 ? 22.0 : 2
    let height = top + rowHeight * Double(rows.count) + 34
    let (x, isCut) = scale
    let frame = Frame(
      height: height, x: x, y: Scale(.linear, 0, 1),
      xLabel: quantity + (x.kind == .logarithmic ? ", logarithmic scale" : "")
        + (isCut ? "; the outer bars hold all further values" : ""),
      yLabel: rows.count == 1 ? "number of channels" : "", top: top,
      rowMargin: rows.count == 1 ? 32 : 2)
    var marks = frame.axes
    var inside: [Mark] = []
    if let reference, (0...1).contains(x.place(reference.number)) {
      let place = x.place(reference.number) * frame.area.width
      inside.append(
        .stroke(Path(from: Point(place, 0), to: Point(place, frame.area.height)), Mark.Stroke(.bad, isDashed: true)))
      marks.append(
        .text(Mark.Label(reference.label, at: Point(frame.area.x + place, 11), anchor: .middle, ink: .bad)))
    }
    var summaries: [[Double]] = []
    for (index, row) in rows.enumerated() {
      let base = rowHeight * Double(index + 1) - 2
      let bins = histogram(row.values, x)
      let greatest = Double(max(bins.max() ?? 1, histogram(row.peer, x).max() ?? 1, 1))
      let room = rows.count == 1 ? rowHeight - 6 : rowHeight - 19
      var bars = Path()
      let step = frame.area.width / Double(Ridges.binCount)
      for (bin, count) in bins.enumerated() where count > 0 {
        let size = max(Double(count) / greatest * room, 0.8)
        bars.rectangle(Rectangle(x: Double(bin) * step, y: base - size, width: step - 0.6, height: size))
      }
      inside.append(.fill(bars, row.ink, opacity: 0.75))
      inside.append(
        .stroke(Path(from: Point(0, base), to: Point(frame.area.width, base)), Mark.Stroke(.grid)))
      let summary = Table.quantiles(row.values, [0, 0.25, 0.5, 0.75, 1]) ?? [Double](repeating: .nan, count: 5)
      summaries.append(summary)
      if summary[2].isFinite {
        let place = x.place(summary[2]) * frame.area.width
        inside.append(
          .stroke(Path(from: Point(place, base - room), to: Point(place, base)), Mark.Stroke(.text, width: 1.2)))
      }
      if rows.count > 1 {
        let label = Frame.shortened(row.name, to: frame.area.width)
        marks.append(
          .text(Mark.Label(label, at: Point(frame.area.x, frame.area.y + base - room - 4), ink: .text, hasHalo: true)))
      } else {
        marks.append(
          .text(
            Mark.Label(
              "\(greatest == 1 ? 1 : Int(greatest))", at: Point(frame.area.x - 4, frame.area.y + base - room + 4),
              anchor: .end)))
        marks.append(.text(Mark.Label("0", at: Point(frame.area.x - 4, frame.area.y + base + 4), anchor: .end)))
      }
    }
    marks.append(frame.plot(inside))
    let names = ["least", "25 %", "median", "75 %", "greatest"]
    let table = Table(
      [Table.Column("normalization", rows.map(\.name))]
        + names.enumerated().map { index, name in Table.Column(name, summaries.map { $0[index] }) })
    return Figure(
      title: title, subject: subject,
      description: "Histograms of \(quantity) over channels, one for each of \(rows.count) rows. "
        + "A vertical line marks the median. The values go from \(Axis.short(summaries.map { $0[0] }.min() ?? .nan)) "
        + "to \(Axis.short(summaries.map { $0[4] }.max() ?? .nan)).",
      height: height, marks: marks, table: table)
  }

  /// The scale of the axis. If a few values are so far outside that they would leave no room for the others, a linear axis ends
  /// before them.
  private var scale: (scale: Scale, isCut: Bool) {
    let values = rows.flatMap { $0.values + $0.peer }
    let whole = Scale(for: values, ratio: 50)
    guard whole.kind == .linear, let ends = Table.quantiles(values, [0, 0.02, 0.98, 1]) else { return (whole, false) }
    let width = ends[2] - ends[1]
    guard width > 0, ends[3] - ends[0] > 8 * width else { return (whole, false) }
    return (Scale(for: [max(ends[0], ends[1] - width), min(ends[3], ends[2] + width)]), true)
  }

  private func histogram(_ values: [Double], _ x: Scale) -> [Int] {
    var bins = [Int](repeating: 0, count: Ridges.binCount)
    for value in values where value.isFinite {
      let place = x.place(value)
      guard place.isFinite else { continue }
      bins[min(Int(min(max(place, 0), 1) * Double(Ridges.binCount)), Ridges.binCount - 1)] += 1
    }
    return bins
  }
}
