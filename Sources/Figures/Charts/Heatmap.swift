import Platform

/// A matrix as colours: a row for each channel, and a column for each time step or file.
public struct Heatmap {
  /// The mapping of values to colours.
  public enum Coloring: Hashable, Sendable {
    /// From the least to the greatest value. The mapping is logarithmic if all values are above 0 and the range is large.
    case range
    /// For signed numbers: from −b to b, where b is the given limit, or the greatest absolute value if this is smaller.
    case signed(limit: Double)
  }

  /// The greatest number of rows of pixels. If there are more channels, several channels share a row. The row shows, in each
  /// column, the value farthest from the column's median.
  static let rowLimit = 480

  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The quantity, such as `population mean μ`.
  public var quantity: String
  /// The noun for rows, such as `channel`.
  public var rowNoun: String
  /// The noun for columns, such as `time step`.
  public var columnNoun: String
  /// The names of the columns.
  public var columns: [String]
  /// The number of rows.
  public var rows: Int
  /// The values, row by row. Values that are not finite are missing.
  public var values: [Double]
  /// The mapping of values to colours.
  public var coloring: Coloring
  /// Values, such as those of other figures, that extend the range of the colours. So several figures can have the same colours.
  public var extent: [Double]

  /// Creates a heatmap of `values`; see the properties.
  public init(
    title: String, subject: String = "", quantity: String, rowNoun: String = "channel", columnNoun: String,
    columns: [String], rows: Int,
    values: [Double], coloring: Coloring = .range, extent: [Double] = []
  ) {
    precondition(values.count == rows * columns.count)
    (self.subject, self.extent) = (subject, extent)
    (self.title, self.quantity, self.rowNoun, self.columnNoun) = (title, quantity, rowNoun, columnNoun)
    (self.columns, self.rows, self.values, self.coloring) = (columns, rows, values, coloring)
  }

  /// The figure. Its `table` has the quartiles of each column, and its `data` have all values.
  ///
  /// - Complexity: O(values log rows).
  public func figure(height: Double = 260) -> Figure {
    let count = columns.count
    let shares = [0, 0.25, 0.5, 0.75, 1]
    let summaries = (0..<count).map { column in
      Table.quantiles((0..<rows).lazy.map { values[$0 * count + column] }, shares)
        ?? [Double](repeating: .nan, count: 5)
    }
    let colors = scale
    let (pixels, isShared) = pixels(colors, medians: summaries.map { $0[2] })
    let isWholeNumber = columns.enumerated().allSatisfy { $1 == String((Int(columns[0]) ?? 0) &+ $0) }
    let first = Double(Int(columns.first ?? "") ?? 0)
    let x = Scale(.integer, isWholeNumber ? first - 0.5 : -0.5, (isWholeNumber ? first : 0) + Double(count) - 0.5)
    let y = Scale(.integer, Double(rows) - 0.5, -0.5, isReversed: true)
    let ticks = isWholeNumber ? nil : namedTicks
    let frame = Frame(
      height: height, x: x, y: y, xLabel: columnNoun, yLabel: rowNoun, top: 36, xTicks: ticks)
    var marks = frame.axes
    marks.append(.image(pixels, in: frame.area))
    marks += legend(colors, frame)
    let names = ["least", "25 %", "median", "75 %", "greatest"]
    let table = Table(
      [Table.Column(columnNoun, columns)]
        + names.enumerated().map { index, name in Table.Column(name, summaries.map { $0[index] }) })
    let data = Table(
      [Table.Column(rowNoun, Array(0..<rows))]
        + columns.enumerated().map { column, name in
          Table.Column(
            isWholeNumber ? "\(columnNoun) \(name)" : name, (0..<rows).map { values[$0 * count + column] })
        })
    let note =
      isShared ? " Several \(rowNoun)s share a row of pixels, which shows the value farthest from the median." : ""
    return Figure(
      title: title, subject: subject,
      description: "The \(quantity) of \(rows) \(rowNoun)s (rows) for each \(columnNoun) (\(count) columns)."
        + " \(colorsInWords(colors))\(note)",
      height: height, marks: marks, table: table.excerpt, data: data)
  }

  private var namedTicks: [(number: Double, label: String)] {
    // Ticks at equal distances, so that labels do not touch. The last column always has a tick.
    let room = max(1, Int(320 / (Frame.width(of: columns.max { $0.count < $1.count } ?? "") + 10)))
    let every = (columns.count + room - 1) / room
    return columns.indices.filter { (columns.count - 1 - $0) % every == 0 }.map { (Double($0), columns[$0]) }
  }

  private var scale: Scale {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values + extent where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    guard low <= high else { return Scale(.linear, 0, 1) }
    switch coloring {
    case .range:
      return Scale(low > 0 && high / low > 20 ? .logarithmic : .linear, low, high)
    case .signed(let limit):
      let greatest = min(max(abs(low), abs(high)), limit)
      return Scale(.linear, -greatest, greatest)
    }
  }

  /// The value of all finite elements; nil if finite elements differ.
  private var commonValue: Double? {
    let finite = (values + extent).lazy.filter(\.isFinite)
    guard let first = finite.first else { return nil }
    return finite.allSatisfy { $0 == first } ? first : nil
  }

  /// Returns a value as text, without decimals if all values are integers.
  private func text(_ value: Double) -> String {
    let isWhole = (values + extent).allSatisfy { !$0.isFinite || $0 == $0.rounded() }
    return isWhole && value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : Axis.short(value)
  }

  private func colorsInWords(_ colors: Scale) -> String {
    if let value = commonValue { return "All values are \(text(value))." }
    return "The colours go from \(text(colors.low)) to \(text(colors.high))."
  }

  private var map: ColorMap {
    if case .signed = coloring { .diverging } else { .sequential }
  }

  /// Returns the pixels: one row of pixels for each row, or for several rows if there are many.
  private func pixels(_ colors: Scale, medians: [Double]) -> (raster: Raster, isShared: Bool) {
    let count = columns.count
    let lines = min(rows, Heatmap.rowLimit)
    var cells = [UInt8](repeating: Raster.missing, count: lines * count)
    for line in 0..<lines {
      let group = line * rows / lines..<(line + 1) * rows / lines
      for column in 0..<count {
        var shown = values[group.lowerBound * count + column]
        if group.count > 1 {
          let middle = colors.place(medians[column])
          var greatest = -1.0
          for row in group {
            let value = values[row * count + column]
            let distance = abs(colors.place(value) - middle)
            if distance > greatest { (greatest, shown) = (distance, value) }
          }
        }
        if shown.isFinite { cells[line * count + column] = ColorMap.index(colors.place(shown)) }
      }
    }
    return (Raster(columns: count, rows: lines, cells: cells, map: map), lines < rows)
  }

  /// Returns the legend: the colours, with the numbers at both ends.
  private func legend(_ colors: Scale, _ frame: Frame) -> [Mark] {
    let suffix = colors.kind == .logarithmic ? ", logarithmic" : ""
    let title = Mark.text(Mark.Label(quantity + suffix, at: Point(frame.area.maxX, 11), anchor: .end, ink: .text))
    if let value = commonValue {
      let words = "everywhere \(text(value))"
      return [title, .text(Mark.Label(words, at: Point(frame.area.maxX, 24.5), anchor: .end))]
    }
    let isClipped =
      if case .signed(let limit) = coloring { (values + extent).contains { $0.isFinite && abs($0) > limit } } else {
        false
      }
    let (low, high) = ((isClipped ? "≤ " : "") + text(colors.low), (isClipped ? "≥ " : "") + text(colors.high))
    let width = 92.0
    let end = frame.area.maxX - Frame.width(of: high) - 5
    let place = Rectangle(x: end - width, y: 17, width: width, height: 7)
    let bar = Raster(columns: 64, rows: 1, cells: (0..<64).map { ColorMap.index(Double($0) / 63) }, map: map)
    return [
      .image(bar, in: place), title,
      .text(Mark.Label(low, at: Point(place.x - 5, 24.5), anchor: .end)),
      .text(Mark.Label(high, at: Point(frame.area.maxX, 24.5), anchor: .end)),
    ]
  }
}
