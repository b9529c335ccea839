/// A number with thousands separators, such as `27,402`.
package func grouped(_ number: some BinaryInteger) -> String {
  var digits = String(number.magnitude)
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits = String(digits.dropLast(3))
  }
  return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

/// A number with its noun, such as `1 tensor`, `12 batches` or `2 sets of parameters`.
package func counted(_ number: some BinaryInteger, _ noun: String) -> String {
  "\(grouped(number)) \(number == 1 ? noun : plural(of: noun))"
}

/// A count out of a total, with its noun, such as `3 of 1,437 examples` or `0 of 1 tensor`.
package func counted(_ part: some BinaryInteger, of number: some BinaryInteger, _ noun: String) -> String {
  "\(grouped(part)) of \(counted(number, noun))"
}

/// Items as a list: `a`, `a and b`, `a, b and c`. If there are more items than the limit, the list ends with the number of the
/// other items: `a, b and 5 more`.
package func listed(_ items: some Collection<String>, limit: Int = .max, conjunction: String = "and") -> String {
  var items = items.count > limit ? items.prefix(limit) + ["\(grouped(items.count - limit)) more"] : Array(items)
  guard let last = items.popLast() else { return "" }
  return items.isEmpty ? last : "\(items.joined(separator: ", ")) \(conjunction) \(last)"
}

/// Whole numbers in ascending order, with ranges of successive numbers: `0–3, 7`. If there are more ranges than the limit, the
/// list ends with the count of the remaining numbers: `0–3, 7 and 5 more`.
package func listedRanges(_ numbers: some Sequence<Int>, limit: Int = .max) -> String {
  var ranges: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = ranges.last, last.upperBound == number - 1 {
      ranges[ranges.count - 1] = last.lowerBound...number
    } else {
      ranges.append(number...number)
    }
  }
  return listedRanges(ranges, limit: limit)
}

/// Lists ranges of numbers: `3–5, 9`.
package func listedRanges(_ ranges: [ClosedRange<Int>], limit: Int = .max) -> String {
  let shown = ranges.prefix(limit).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
  let rest = ranges.dropFirst(limit).reduce(0) { $0 + $1.count }
  return shown.joined(separator: ", ") + (rest > 0 ? " and \(grouped(rest)) more" : "")
}

/// The plural of an English noun. If the noun contains " of ", only the words before " of " get the plural.
func plural(of noun: String) -> String {
  if let preposition = noun.indices.first(where: { noun[$0...].hasPrefix(" of ") }) {
    return plural(of: String(noun[..<preposition])) + noun[preposition...]
  }
  if noun.hasSuffix("axis") { return noun.dropLast(2) + "es" }
  if ["ch", "sh", "s", "x"].contains(where: noun.hasSuffix) { return noun + "es" }
  let beforeLast = noun.dropLast().last ?? "a"
  return noun.hasSuffix("y") && !"aeiou".contains(beforeLast) ? noun.dropLast() + "ies" : noun + "s"
}
