/// Points in a plane, such as the statistics of minibatches around the pooled statistics.
public struct Scatter {
  /// The title.
  public var title: String
  /// The subject of the figure; empty if the title names it.
  public var subject = ""
  /// The horizontal quantity.
  public var xQuantity: String
  /// The vertical quantity.
  public var yQuantity: String
  /// The points. Points that are not finite are left out.
  public var points: [(x: Double, y: Double)]
  /// The names of some points, by their indices.
  public var names: [Int: String]
  /// The table of the figure.
  public var table: Table
  /// All numbers, if `table` has only some.
  public var data: Table?

  /// The greatest number of dots.
  static let dotLimit = 1500

  /// Creates a scatter plot of the given points; see the properties.
  public init(
    title: String, subject: String = "", xQuantity: String, yQuantity: String, points: [(x: Double, y: Double)],
    names: [Int: String] = [:], table: Table, data: Table? = nil
  ) {
    (self.subject, self.names, self.data) = (subject, names, data)
    (self.title, self.xQuantity, self.yQuantity) = (title, xQuantity, yQuantity)
    (self.points, self.table) = (points, table)
  }

  /// The figure. Lines mark x = 0 and y = 0.
  public func figure(height: Double = 260) -> Figure {
    let finite = points.filter { $0.x.isFinite && $0.y.isFinite }
    let every = max(1, (finite.count + Scatter.dotLimit - 1) / Scatter.dotLimit)
    let shown = stride(from: 0, to: finite.count, by: every).map { finite[$0] }
    let frame = Frame(
      height: height, x: Scale(for: shown.map(\.x) + [0]), y: Scale(for: shown.map(\.y) + [0]), xLabel: xQuantity,
      yLabel: yQuantity)
    let zero = frame.point(0, 0)
    var dots = Path()
    for point in shown { dots.dot(at: frame.point(point.x, point.y)) }
    let isSparse = shown.count < 200
    var inside: [Mark] = [
      .stroke(Path(from: Point(zero.x, 0), to: Point(zero.x, frame.area.height)), Mark.Stroke(.muted)),
      .stroke(Path(from: Point(0, zero.y), to: Point(frame.area.width, zero.y)), Mark.Stroke(.muted)),
      .stroke(dots, Mark.Stroke(.series(0), width: isSparse ? 4 : 3, opacity: isSparse ? 0.8 : 0.45, isRound: true)),
    ]
    inside += labels(in: frame).map(Mark.text)
    let spread = Table.quantiles(finite.map { abs($0.x) }, [0.5, 1]) ?? [.nan, .nan]
    return Figure(
      title: title, subject: subject,
      description: "\(finite.count) points: \(xQuantity) against \(yQuantity). Half of the points are within "
        + "\(Axis.short(spread[0])) of 0 horizontally, and all within \(Axis.short(spread[1]))."
        + (every > 1 ? " The picture shows only \(shown.count) of them, at equal intervals in their order." : ""),
      height: height, marks: frame.axes + [frame.plot(inside)], table: table, data: data)
  }

  /// The names beside their points. A name that would touch another name is left out.
  private func labels(in frame: Frame) -> [Mark.Label] {
    var boxes: [Rectangle] = []
    return names.sorted { $0.key < $1.key }.compactMap { index, name in
      guard points[index].x.isFinite, points[index].y.isFinite else { return nil }
      let place = frame.point(points[index].x, points[index].y)
      let width = Frame.width(of: name)
      let right = (Point(place.x + 5, place.y + 3.5), Mark.Label.Anchor.start, place.x + 5)
      let left = (Point(place.x - 5, place.y + 3.5), Mark.Label.Anchor.end, place.x - 5 - width)
      let above = (Point(place.x, place.y - 6), Mark.Label.Anchor.middle, place.x - width / 2)
      let below = (Point(place.x, place.y + 15), Mark.Label.Anchor.middle, place.x - width / 2)
      let sides = place.x > frame.area.width / 2 ? [left, right] : [right, left]
      for (point, anchor, start) in sides + [above, below] {
        let box = Rectangle(x: start, y: point.y - 10, width: width, height: 12)
        guard box.x >= 0, box.maxX <= frame.area.width, box.y >= 0, box.maxY <= frame.area.height,
          !boxes.contains(where: { $0.x < box.maxX && box.x < $0.maxX && $0.y < box.maxY && box.y < $0.maxY })
        else { continue }
        boxes.append(box)
        return Mark.Label(name, at: point, anchor: anchor, ink: .text, hasHalo: true)
      }
      return nil
    }
  }
}
