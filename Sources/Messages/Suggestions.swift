/// A suggestion for an unknown name: similar names, or otherwise the known names.
///
/// - Parameters:
///   - noun: The kind of thing that the name refers to, such as `command`. Its plural introduces the list.
///   - limit: The greatest number of known names to list.
/// - Returns: A sentence such as `Did you mean "inspect"?` or `The commands are a, b and 3 more`.
/// - Complexity: O(characters of the name · characters of all known names).
package func suggestion(for name: String, among known: some Collection<String>, noun: String, limit: Int = 12)
  -> String
{
  guard !known.isEmpty else { return "There are no \(plural(of: noun))" }
  let similar = similarNames(to: name, among: known)
  guard similar.isEmpty else { return "Did you mean \(listed(similar, limit: 3, conjunction: "or"))?" }
  return known.count == 1
    ? "The only \(noun) is \(listed(known))" : "The \(plural(of: noun)) are \(listed(known, limit: limit))"
}

/// The known names with the fewest typing mistakes compared with a name, in the order of `known`. For a known path, it is enough that
/// its end is similar. If all known names differ too much, the result is the known names that contain the whole name, if any.
package func similarNames(to name: String, among known: some Collection<String>) -> [String] {
  let limit = max(1, min(3, name.count / 3))
  let distances = known.map { known in
    let ending = ending(of: known, like: name)
    return (
      known,
      min(
        editDistance(name.lowercased(), known.lowercased()),
        ending.map { editDistance(name.lowercased(), $0.lowercased()) } ?? .max)
    )
  }
  if let least = distances.map(\.1).min(), least <= limit {
    return distances.filter { $0.1 == least }.map(\.0)
  }
  return name.count < 3 ? [] : known.filter { $0.lowercased().contains(name.lowercased()) }
}

/// The last parts of a path: as many parts as `other` has. It is nil if `other` begins with a slash, or if the path does not have
/// more parts than `other`.
private func ending(of path: String, like other: String) -> String? {
  let (parts, count) = (path.split(separator: "/"), other.split(separator: "/").count)
  guard !other.isEmpty, !other.hasPrefix("/"), parts.count > count else { return nil }
  return parts.suffix(count).joined(separator: "/")
}

/// The number of insertions, deletions, replacements and swaps of adjacent characters that turn one text into the other.
private func editDistance(_ first: String, _ second: String) -> Int {
  let (first, second) = (Array(first), Array(second))
  var rows = [Array(0...second.count)]
  for (i, a) in first.enumerated() {
    var row = [i + 1]
    for (j, b) in second.enumerated() {
      var distance = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a == b ? 0 : 1))
      if i > 0, j > 0, a == second[j - 1], b == first[i - 1] { distance = min(distance, rows[i - 1][j - 1] + 1) }
      row.append(distance)
    }
    rows.append(row)
  }
  return rows[first.count][second.count]
}
