/// Curves of many units over time steps.
///
/// There is one faint line for each unit, the range that holds the middle half of the units, and the median.
///
/// This is the kind of figure in which Cooijmans et al. (arXiv 1603.09025, figure 5) show population statistics over time.
public struct UnitCurves {
  /// The greatest number of lines. If there are more units, the lines are a sample: the units are sorted by their last value, and
  /// units at equal intervals are taken, including the first and the last.
  static let lineLimit = 100
  /// The usual greatest number of points on all lines.
  public static let pointLimit = 20_000

  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The quantity on the vertical axis, such as `population mean μ`.
  public var quantity: String
  /// The number of units.
  public var units: Int
  /// The values: all units of the first step, then all units of the next step.
  public var values: [Double]
  /// The numbers of the steps that have values, in ascending order.
  public var steps: [Int]

  /// Values and steps, such as those of other figures, that extend the axes. So several figures can have the same axes.
  public var extent: (values: [Double], steps: [Int])
  /// The greatest number of points on all lines. Eight lines are drawn even if they have more points.
  public var pointLimit: Int

  /// Creates the curves of the given values; see the properties.
  public init(
    title: String, subject: String = "", quantity: String, units: Int, values: [Double], steps: [Int],
    extent: (values: [Double], steps: [Int]) = ([], []), pointLimit: Int = UnitCurves.pointLimit
  ) {
    precondition(values.count == units * steps.count)
    (self.subject, self.extent, self.pointLimit) = (subject, extent, pointLimit)
    (self.title, self.quantity, self.units, self.values, self.steps) = (title, quantity, units, values, steps)
  }

  /// The figure. Its table has the range and the quartiles of each step.
  ///
  /// - Complexity: O(values log units).
  public func figure(height: Double = 220) -> Figure {
    let shares = [0, 0.25, 0.5, 0.75, 1]
    let summaries = steps.indices.map { row in
      Table.quantiles(values[row * units..<(row + 1) * units], shares) ?? [Double](repeating: .nan, count: 5)
    }
    let y = Scale(for: summaries.flatMap { [$0[0], $0[4]] } + extent.values, ratio: 50)
    let ends = steps + extent.steps
    let x = Scale(.integer, Double(ends.min() ?? 0), Double(ends.max() ?? 0))
    let frame = Frame(
      height: height, x: x, y: y, xLabel: "time step",
      yLabel: quantity + (y.kind == .logarithmic ? ", logarithmic scale" : ""))
    let shown = shownUnits
    var marks: [Mark] = []
    var band = Path(through: zip(steps, summaries).map { frame.point(Double($0), $1[1]) })
    for (step, summary) in zip(steps, summaries).reversed() { band.line(to: frame.point(Double(step), summary[3])) }
    band.close()
    if units > 4, steps.count > 1 { marks.append(.fill(band, .series(0), opacity: 0.18)) }
    var lines = Path()
    for unit in shown {
      let line = Path(through: steps.indices.map { frame.point(Double(steps[$0]), values[$0 * units + unit]) })
      lines.elements += line.elements
    }
    let opacity = shown.count > 40 ? 0.28 : shown.count > 8 ? 0.45 : 0.9
    marks.append(.stroke(lines, Mark.Stroke(.series(0), width: shown.count > 40 ? 0.7 : 1, opacity: opacity)))
    if units > 4 {
      let median = Path(through: zip(steps, summaries).map { frame.point(Double($0), $1[2]) })
      marks.append(.stroke(median, Mark.Stroke(.text, width: 1.8)))
    }
    if steps.count == 1 {
      var dots = Path()
      for unit in shown { dots.dot(at: frame.point(Double(steps[0]), values[unit])) }
      marks.append(.stroke(dots, Mark.Stroke(.series(0), width: 4, opacity: 0.5, isRound: true)))
    }
    let names = ["least", "25 %", "median", "75 %", "greatest"]
    let columns =
      [Table.Column("step", steps)]
      + names.enumerated().map { index, name in Table.Column(name, summaries.map { $0[index] }) }
    let table = Table(columns)
    let excerpt = table.excerpt
    return Figure(
      title: title, subject: subject, description: description(shown.count, summaries), height: height,
      marks: frame.axes + [frame.plot(marks, isZoomable: steps.count > 2)], table: excerpt,
      data: excerpt == table ? nil : table)
  }

  private var shownUnits: [Int] {
    let limit = min(UnitCurves.lineLimit, max(8, pointLimit / max(steps.count, 1)))
    guard units > limit, !steps.isEmpty else { return Array(0..<units) }
    let last = (steps.count - 1) * units
    let order = (0..<units).sorted { values[last + $0] < values[last + $1] }
    return (0..<limit).map { order[$0 * (units - 1) / (limit - 1)] }
  }

  private func description(_ shown: Int, _ summaries: [[Double]]) -> String {
    var words = "The \(quantity) of \(units) units over time steps \(steps.first ?? 0) to \(steps.last ?? 0)."
    if let first = summaries.first?[2], let last = summaries.last?[2], steps.count > 1 {
      words += " The median goes from \(Axis.short(first)) to \(Axis.short(last))."
    }
    if shown < units {
      words += " \(shown) units have a line: units at equal intervals in the order of their last values."
    }
    return words
  }
}
