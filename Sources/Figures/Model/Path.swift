/// A point of a figure in points (1/72 inch), from the upper left corner.
public struct Point: Hashable, Sendable {
  /// The distance from the left.
  public var x: Double
  /// The distance from the top.
  public var y: Double

  /// Creates the point (x, y).
  public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// A rectangle of a figure in points.
public struct Rectangle: Hashable, Sendable {
  /// The left side.
  public var x: Double
  /// The upper side.
  public var y: Double
  /// The extent to the right.
  public var width: Double
  /// The extent downwards.
  public var height: Double

  /// Creates a rectangle from its upper left corner and its size.
  public init(x: Double, y: Double, width: Double, height: Double) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  var maxX: Double { x + width }
  var maxY: Double { y + height }
}

/// Lines and curves of a figure.
public struct Path: Hashable, Sendable {
  enum Element: Hashable, Sendable {
    case move(Point)
    case line(Point)
    case curve(Point, Point, Point)
    case close
  }

  var elements: [Element] = []

  /// Creates an empty path.
  public init() {}

  /// Connects points by straight lines. A point that is not finite interrupts the line.
  public init(through points: some Sequence<Point>) {
    var isDrawing = false
    for point in points {
      guard point.x.isFinite, point.y.isFinite else {
        isDrawing = false
        continue
      }
      elements.append(isDrawing ? .line(point) : .move(point))
      isDrawing = true
    }
  }

  /// Creates a straight line between two points.
  public init(from start: Point, to end: Point) { elements = [.move(start), .line(end)] }

  /// Begins a new part at a point.
  public mutating func move(to point: Point) { elements.append(.move(point)) }

  /// Adds a straight line to a point.
  public mutating func line(to point: Point) { elements.append(.line(point)) }

  /// Adds a cubic curve.
  public mutating func curve(to end: Point, _ first: Point, _ second: Point) {
    elements.append(.curve(first, second, end))
  }

  /// Adds a straight line to the beginning of the part.
  public mutating func close() { elements.append(.close) }

  /// Adds a dot: a line of no length, which round ends make visible.
  public mutating func dot(at point: Point) {
    elements += [.move(point), .line(point)]
  }

  /// Adds a rectangle.
  public mutating func rectangle(_ rectangle: Rectangle) {
    elements += [
      .move(Point(rectangle.x, rectangle.y)), .line(Point(rectangle.maxX, rectangle.y)),
      .line(Point(rectangle.maxX, rectangle.maxY)), .line(Point(rectangle.x, rectangle.maxY)), .close,
    ]
  }

  /// Adds a rectangle with round corners.
  public mutating func rectangle(_ box: Rectangle, radius: Double) {
    let radius = min(radius, box.width / 2, box.height / 2)
    // The distance of control points from the corner for a quarter of a circle.
    let control = radius * 0.448
    let corners = [
      (Point(box.maxX, box.y), Point(-1, 0), Point(0, 1)), (Point(box.maxX, box.maxY), Point(0, -1), Point(-1, 0)),
      (Point(box.x, box.maxY), Point(1, 0), Point(0, -1)), (Point(box.x, box.y), Point(0, 1), Point(1, 0)),
    ]
    move(to: Point(box.x + radius, box.y))
    for (corner, before, after) in corners {
      line(to: Point(corner.x + before.x * radius, corner.y + before.y * radius))
      curve(
        to: Point(corner.x + after.x * radius, corner.y + after.y * radius),
        Point(corner.x + before.x * control, corner.y + before.y * control),
        Point(corner.x + after.x * control, corner.y + after.y * control))
    }
    close()
  }
}
