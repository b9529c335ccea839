extension RandomAccessCollection {
  /// The index of the first element that does not meet a condition. All elements that meet the condition must come before the
  /// others.
  ///
  /// - Complexity: O(log elements).
  package func partitionPoint(where precedes: (Element) throws -> Bool) rethrows -> Index {
    var (lower, count) = (startIndex, self.count)
    while count > 0 {
      let half = count / 2
      let middle = index(lower, offsetBy: half)
      if try precedes(self[middle]) {
        lower = index(after: middle)
        count -= half + 1
      } else {
        count = half
      }
    }
    return lower
  }
}
