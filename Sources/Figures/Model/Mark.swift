/// A thing that a figure draws.
public enum Mark: Hashable, Sendable {
  /// The outline of a path.
  case stroke(Path, Stroke)
  /// The inside of a path.
  case fill(Path, Ink, opacity: Double = 1)
  /// A line of text.
  case text(Label)
  /// A picture of small rectangles.
  case image(Raster, in: Rectangle)
  /// The area between the axes. Its marks have coordinates from its upper left corner, and are clipped.
  case plot(PlotArea)
  /// Marks that belong together, with words that appear when the pointer is over them.
  case titled(String, [Mark])

  /// The style of a line.
  public struct Stroke: Hashable, Sendable {
    /// The colour.
    public var ink: Ink
    /// The width in points.
    public var width: Double
    /// The opacity, from 0 (invisible) to 1 (solid).
    public var opacity: Double
    /// Whether the line is dashed.
    public var isDashed: Bool
    /// Whether the ends are round.
    public var isRound: Bool

    /// Creates the style of a line.
    public init(_ ink: Ink, width: Double = 1, opacity: Double = 1, isDashed: Bool = false, isRound: Bool = false) {
      (self.ink, self.width, self.opacity, self.isDashed, self.isRound) = (ink, width, opacity, isDashed, isRound)
    }
  }

  /// A line of text at a point of its base line.
  public struct Label: Hashable, Sendable {
    /// The alignment of a text with its point.
    public enum Anchor: String, Hashable, Sendable {
      /// The text begins at the point.
      case start
      /// The middle of the text is at the point.
      case middle
      /// The text ends at the point.
      case end
    }

    /// The words.
    public var text: String
    /// The point of the base line at which the text is aligned.
    public var at: Point
    /// The alignment of the text with its point.
    public var anchor: Anchor
    /// The size of the letters in points.
    public var size: Double
    /// The colour.
    public var ink: Ink
    /// Whether the letters are bold.
    public var isBold: Bool
    /// Whether the label belongs to a tick of the horizontal axis. Such labels change if a reader enlarges a part of the axis.
    public var isTick = false
    /// Whether the label hides marks directly behind its letters.
    public var hasHalo: Bool

    /// Creates a label with its text at a point; see the properties.
    public init(
      _ text: String, at point: Point, anchor: Anchor = .start, size: Double = 11, ink: Ink = .muted,
      isBold: Bool = false,
      hasHalo: Bool = false
    ) {
      (self.text, at, self.anchor, self.size, self.ink) = (text, point, anchor, size, ink)
      (self.isBold, self.hasHalo) = (isBold, hasHalo)
    }
  }

  /// The area between the axes.
  public struct PlotArea: Hashable, Sendable {
    /// The position and size of the area.
    public var frame: Rectangle
    /// The horizontal axis.
    public var x: Scale
    /// Whether readers may enlarge a part of the horizontal axis.
    public var isZoomable: Bool
    /// The marks, in coordinates of the area.
    public var marks: [Mark]
  }
}
