/// Shortens names in the middle, for narrow terminals.
enum ShortNames {
  /// The least number of characters to which names are shortened.
  static let least = 20

  /// The names in at most `width` characters each. Different names stay different. If that is not possible, no name is changed.
  ///
  /// All names are cut at the same place, if possible after their first third, because paths differ most near their ends.
  ///
  /// - Complexity: O(names · width) cuts in the worst case, in which most places of a cut make different names equal.
  static func shortened(_ names: [String], to width: Int) -> [String] {
    let width = max(width, least)
    guard names.contains(where: { $0.count > width }) else { return names }
    let count = Set(names).count
    let heads = (0..<width).sorted { abs($0 - width / 3) < abs($1 - width / 3) }
    for head in heads {
      let short = names.map { cut($0, head: head, to: width) }
      if Set(short).count == count { return short }
    }
    return names
  }

  /// Shortens names for lines of the terminal that also have `rest` other characters.
  static func fitting(_ names: [String], beside rest: Int) -> [String] {
    Terminal.lineWidth.map { shortened(names, to: $0 - rest) } ?? names
  }

  private static func cut(_ name: String, head: Int, to width: Int) -> String {
    name.count <= width ? name : "\(name.prefix(head))…\(name.suffix(width - 1 - head))"
  }
}
