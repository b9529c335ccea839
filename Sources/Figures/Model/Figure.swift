/// A picture with its title, its description in words, and its numbers.
public struct Figure: Hashable, Sendable {
  /// The title, in a few words.
  public var title: String
  /// The subject of the figure, such as the path of a brick; empty if the title names it.
  public var subject: String
  /// A description of the picture, for readers who cannot see it.
  public var description: String
  /// The width in points.
  public var width: Double
  /// The height in points.
  public var height: Double
  /// The marks of the picture. The last mark is on top.
  public var marks: [Mark]
  /// The numbers in the picture, for reading.
  public var table: Table
  /// All numbers, if the table only summarizes them.
  public var data: Table?

  /// Creates a figure from its texts, marks and numbers; see the properties.
  public init(
    title: String, subject: String = "", description: String, width: Double = Figure.panelWidth, height: Double,
    marks: [Mark], table: Table,
    data: Table? = nil
  ) {
    self.title = title
    self.subject = subject
    self.description = description
    self.width = width
    self.height = height
    self.marks = marks
    self.table = table
    self.data = data
  }

  /// The title with the subject.
  public var fullTitle: String { subject.isEmpty ? title : "\(subject): \(title)" }

  /// The width of a panel. Pages show panels side by side, or one below the other on a telephone.
  public static let panelWidth = 360.0
}
