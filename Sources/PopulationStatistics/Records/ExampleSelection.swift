import Names
import Tensors

/// The examples of a minibatch: their positions in the data, counted in a named order of the data.
///
/// An example in two minibatches would count twice. Selections show this, even if the minibatches have unrelated names.
public struct ExampleSelection: Hashable, Sendable {
  /// A name or a digest of the data. The same source means the same data everywhere.
  public let source: Name
  /// The name of the order in which the positions are counted; empty for the order of the data itself.
  public let order: Name
  /// The positions, ascending. No two ranges touch or overlap.
  public let ranges: [Range<Int>]

  /// Creates a selection; nil if the source or the ranges are empty, or if ranges are negative, not ascending, or touch.
  public init?(source: Name, order: Name = "", ranges: [Range<Int>]) {
    guard !source.isEmpty, let first = ranges.first, first.lowerBound >= 0, ranges.allSatisfy({ !$0.isEmpty }),
      zip(ranges, ranges.dropFirst()).allSatisfy({ $0.upperBound < $1.lowerBound })
    else { return nil }
    self.source = source
    self.order = order
    self.ranges = ranges
  }
}

/// Two minibatches of one collection whose examples would be counted twice.
public struct ExampleOverlap: Hashable, Sendable, CustomStringConvertible {
  /// The reason why two minibatches overlap.
  public enum Reason: Hashable, Sendable {
    /// They have a position in common.
    case commonPlaces
    /// They come from different orders of the same data, so each example of one minibatch can also be in the other.
    case differentOrders
    /// They have the same name, but only one of them records its examples.
    case sameName
  }

  /// The minibatches, in the order of the collection.
  public let first, second: Minibatch
  /// The reason.
  public let reason: Reason

  /// The overlap in words, without advice.
  public var description: String {
    let both = "\"\(first.batch)\" and \"\(second.batch)\""
    return switch reason {
    case .commonPlaces: "the minibatches \(both) have examples in common, so these examples would count twice"
    case .differentOrders:
      "the minibatches \(both) are from the same data in different orders, so some examples can count twice"
    case .sameName:
      "two minibatches are named \"\(first.batch)\", but only one of them records its examples, so its examples can count twice"
    }
  }
}

extension UpdateCollection {
  /// The first overlap of minibatches that one application of a brick recorded; nil if no two overlap. Minibatches with unknown or
  /// different parameters do not overlap.
  ///
  /// - Complexity: O(n log n) for n ranges of examples, once for all forms with the same minibatches.
  public var overlap: ExampleOverlap? { minibatches.overlap(ofRows: forms.map(\.minibatches)) }
}

extension UpdateCollection {
  /// Checks that no two minibatches overlap.
  ///
  /// - Throws: `StatisticsError` with code `.overlap`.
  public func checkOverlap() throws(StatisticsError) {
    if let overlap { throw StatisticsError(.overlap, "\(overlap)") }
  }
}

/// The key of minibatches that can overlap.
private struct ParametersAndSource: Hashable {
  let parametersDigest: Digest
  let source: Name
}

extension [Minibatch] {
  /// The first overlap of two minibatches in the same list; nil if no two overlap.
  ///
  /// Each list contains indices of minibatches. Equal lists that follow each other are examined once.
  package func overlap(ofRows lists: [[Int]]) -> ExampleOverlap? {
    for (index, numbers) in lists.enumerated() where index == 0 || lists[index - 1] != numbers {
      if let overlap = overlap(of: numbers) { return overlap }
    }
    return nil
  }

  /// The first overlap of the minibatches with the given indices.
  fileprivate func overlap(of numbers: [Int]) -> ExampleOverlap? {
    var known: [ParametersAndSource: (number: Int, first: Int)] = [:]
    var places: [(data: Int, range: Range<Int>, number: Int)] = []
    var withoutExamples: [Int] = []
    places.reserveCapacity(numbers.count)
    for number in numbers {
      guard let digest = self[number].parametersDigest else { continue }
      guard let examples = self[number].examples else {
        withoutExamples.append(number)
        continue
      }
      let data = ParametersAndSource(parametersDigest: digest, source: examples.source)
      let entry = known[data] ?? (known.count, number)
      known[data] = entry
      if self[entry.first].examples?.order != examples.order {
        return overlap(entry.first, number, .differentOrders)
      }
      for range in examples.ranges { places.append((entry.number, range, number)) }
    }
    places.sort { ($0.data, $0.range.lowerBound, $0.number) < ($1.data, $1.range.lowerBound, $1.number) }
    for (one, next) in zip(places, places.dropFirst())
    where one.data == next.data && one.range.upperBound > next.range.lowerBound {
      return overlap(one.number, next.number, .commonPlaces)
    }
    guard !withoutExamples.isEmpty, withoutExamples.count < numbers.count else { return nil }
    let unknownExamples = Dictionary(withoutExamples.map { (self[$0].identity, $0) }) { _, last in last }
    for number in numbers where self[number].examples != nil {
      let unknown = Minibatch.Identity(
        batch: self[number].batch, parametersDigest: self[number].parametersDigest, source: nil)
      if let other = unknownExamples[unknown] { return overlap(other, number, .sameName) }
    }
    return nil
  }

  private func overlap(_ one: Int, _ other: Int, _ reason: ExampleOverlap.Reason) -> ExampleOverlap {
    ExampleOverlap(first: self[Swift.min(one, other)], second: self[Swift.max(one, other)], reason: reason)
  }
}
