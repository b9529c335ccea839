import Messages

extension ReportWriter {
  /// The size of the page up to which figures of one kind are added, in bytes without the data in addresses. These sizes leave
  /// room for the kinds that follow, so that the page has at most 400 KB.
  enum Room: Int {
    case curves = 110_000
    case maps = 180_000
    case fileMaps = 220_000
    case distributions = 290_000
    case bricks = 365_000
    case pairs = 350_000
  }

  /// The number of points of the lines over time in all figures of one kind.
  static let pointLimit = 10_000

  /// The HTML of the first items, as long as the page has room, and a sentence if there are more items. The first item always has
  /// room.
  mutating func first<Item>(
    _ items: [Item], limit: Int = ReportWriter.brickLimit, upTo room: Room, noun: String = "normalization",
    _ html: (inout ReportWriter, Item) -> String
  ) -> (html: String, rest: String) {
    var (text, count) = ("", 0)
    for item in items.prefix(limit) where count == 0 || page.size < room.rawValue {
      text += html(&self, item)
      count += 1
    }
    return (text, rest(of: items.count, count, noun: noun))
  }

  /// A sentence about items that have no picture.
  func rest(of count: Int, _ limit: Int, noun: String = "normalization") -> String {
    count > limit
      ? "<p class=\"note\">These are the first \(grouped(limit)) of \(counted(count, noun)). --select chooses normalizations.</p>\n"
      : ""
  }
}
