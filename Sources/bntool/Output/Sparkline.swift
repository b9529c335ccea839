/// Numbers as a row of small bars, for terminals.
enum Sparkline {
  private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// One bar for each number. If there are more than `width` numbers, a bar stands for several neighbouring
  /// numbers and shows the greatest of them. A missing number is shown as a blank.
  ///
  /// The lowest bar shows the least number, and the highest bar shows the greatest number.
  static func text(_ numbers: [Double?], width: Int = 60) -> String {
    let finite = numbers.compactMap { $0 }.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else { return "" }
    let count = min(numbers.count, max(width, 1))
    let characters = (0..<count).map { bar -> Character in
      let group = numbers[bar * numbers.count / count..<(bar + 1) * numbers.count / count]
      guard let number = group.compactMap({ $0 }).filter(\.isFinite).max() else { return " " }
      guard greatest > least else { return bars[0] }
      // Halving both differences avoids an overflow for numbers near the greatest double.
      let place = (number / 2 - least / 2) / (greatest / 2 - least / 2)
      return bars[min(Int(place * Double(bars.count)), bars.count - 1)]
    }
    return String(characters)
  }
}
