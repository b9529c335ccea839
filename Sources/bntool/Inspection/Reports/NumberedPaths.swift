/// Paths that differ only in numbers, shown as one path: `/mlp/linear_{0..2}.W`.
enum NumberedPaths {
  /// The texts between the numbers of a path, and the key of the item. Items that share a value of this type can form a group.
  private struct Group: Hashable {
    let texts: [String]
    let key: AnyHashable
  }

  /// The groups of items, each with a path for the whole group, in the order of the groups' first items.
  ///
  /// The items of a group have equal keys. Their paths differ in one number, or they have all combinations of several numbers.
  static func collapsed<Item>(
    _ items: [Item], path: (Item) -> String, key: (Item) -> some Hashable
  ) -> [(path: String, items: [Item])] {
    var order: [Group] = []
    var members: [Group: [(numbers: [Int], item: Item)]] = [:]
    for item in items {
      let (texts, numbers) = parts(of: path(item))
      let group = Group(texts: texts, key: AnyHashable(key(item)))
      if members[group] == nil { order.append(group) }
      members[group, default: []].append((numbers, item))
    }
    return order.flatMap { group -> [(path: String, items: [Item])] in
      let members = members[group] ?? []
      let values = group.texts.indices.dropLast().map { place in Set(members.map { $0.numbers[place] }).sorted() }
      let combinations = values.reduce(1) { $0 * $1.count }
      guard combinations == members.count else { return members.map { (path($0.item), [$0.item]) } }
      var text = group.texts[0]
      for (numbers, next) in zip(values, group.texts.dropFirst()) { text += braces(numbers) + next }
      return [(text, members.map(\.item))]
    }
  }

  /// The whole numbers in a path, and the texts between them. A number with leading zeros counts as text.
  private static func parts(of path: String) -> (texts: [String], numbers: [Int]) {
    var texts = [""]
    var numbers: [Int] = []
    var rest = Substring(path)
    while let first = rest.first {
      let digits = rest.prefix { "0" <= $0 && $0 <= "9" }
      if !digits.isEmpty, let number = Int(digits), String(number) == digits {
        numbers.append(number)
        texts.append("")
        rest = rest.dropFirst(digits.count)
      } else {
        texts[texts.count - 1] += digits.isEmpty ? String(first) : String(digits)
        rest = rest.dropFirst(max(digits.count, 1))
      }
    }
    return (texts, numbers)
  }

  /// The numbers in the form `3`, `{0..2}` or `{0,2,5}`.
  private static func braces(_ numbers: [Int]) -> String {
    guard let first = numbers.first, let last = numbers.last, first != last else {
      return numbers.first.map(String.init) ?? ""
    }
    return last - first == numbers.count - 1
      ? "{\(first)..\(last)}" : "{\(numbers.map(String.init).joined(separator: ","))}"
  }
}
