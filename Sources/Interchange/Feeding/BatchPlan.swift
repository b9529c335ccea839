import Tensors

/// The division of examples into batches. The examples keep the order of the data. With a seed, they have a shuffled order
/// instead, which is the same on every machine. A shard takes every N-th batch. So N machines can share the work, and the union
/// of their records is the same as the records of one machine.
public struct BatchPlan: Sendable {
  /// One batch of the plan.
  public struct Batch: Sendable {
    /// The number of the batch among all batches of the plan, including the batches of other shards.
    public let number: Int
    /// The numbers of the examples.
    public var examples: [Int] { shuffledExamples ?? Array(range) }
    /// The name of the order of the examples, such as `seed 7`; empty for the order of the data.
    public let order: String
    /// The positions of the examples in the order.
    public let range: Range<Int>
    /// The position of the batch in the order, such as `[0:128]` or `[seed 7][0:128]`.
    public var name: String { "\(order.isEmpty ? "" : "[\(order)]")[\(range.lowerBound):\(range.upperBound)]" }
    /// Whether this is the last batch and it is smaller than the others.
    public let isRemainder: Bool
    /// The numbers of the examples in a shuffled order; nil for the order of the data.
    fileprivate let shuffledExamples: [Int]?
  }

  /// A shard of the batches: shard `number` of `count`, counted from 1.
  public struct Shard: Hashable, Sendable {
    /// The number of the shard, from 1.
    public let number: Int
    /// The number of shards.
    public let count: Int

    /// Creates a shard; nil unless 1 ≤ number ≤ count.
    public init?(_ number: Int, of count: Int) {
      guard count >= 1, (1...count).contains(number) else { return nil }
      self.number = number
      self.count = count
    }

    /// The consecutive items of this shard if all shards share the weight of some items about equally. Each item belongs to one
    /// shard. A shard may have no items.
    ///
    /// - Parameter weights: The weight of each item, such as its bytes, at least 0.
    public func items(weighing weights: [Int]) -> Range<Int> {
      // An item belongs to the shard in which its middle lies. Each weight counts 1 more, so that the total is never 0.
      let total = weights.reduce(UInt(0)) { $0 + UInt($1) + 1 }
      var start = UInt(0)
      let shards = weights.map { weight in
        defer { start += UInt(weight) + 1 }
        let doubled = (2 * start + UInt(weight) + 1).multipliedFullWidth(by: UInt(count))
        return Int((2 * total).dividingFullWidth(doubled).quotient) + 1
      }
      let first = shards.firstIndex { $0 >= number } ?? shards.endIndex
      return first..<(shards.firstIndex { $0 > number } ?? shards.endIndex)
    }
  }

  /// The batches, in order.
  public let batches: [Batch]

  private init(_ batches: [Batch]) { self.batches = batches }

  /// The same plan without the batches with the given numbers, such as batches that an earlier run observed.
  public func skipping(_ numbers: Set<Int>) -> BatchPlan { BatchPlan(batches.filter { !numbers.contains($0.number) }) }

  /// The number of examples in the batches.
  public var exampleCount: Int { batches.reduce(0) { $0 + $1.range.count } }

  /// Divides `exampleCount` examples into batches.
  ///
  /// - Parameters:
  ///   - size: The number of examples in a batch, at least 1. The last batch may have fewer examples.
  ///   - seed: The seed for shuffling the examples; nil leaves them in order.
  ///   - limit: The greatest number of batches of all shards together.
  ///   - shard: The shard to take; nil for all batches.
  /// - Complexity: O(batches), and O(examples) with a seed.
  public init(exampleCount: Int, batchSize size: Int, seed: UInt64? = nil, limit: Int? = nil, shard: Shard? = nil) {
    precondition(size >= 1, "a batch must have at least one example")
    let order = seed.map { Self.shuffledOrder(exampleCount, seed: $0) }
    let starts = stride(from: 0, to: exampleCount, by: size).prefix(limit ?? .max)
    var batches: [Batch] = []
    for (number, start) in starts.enumerated() {
      let range = start..<start + min(size, exampleCount - start)
      guard shard.map({ number % $0.count == $0.number - 1 }) ?? true else { continue }
      batches.append(
        Batch(
          number: number, order: seed.map { "seed \($0)" } ?? "", range: range,
          isRemainder: number > 0 && range.count < size, shuffledExamples: order.map { Array($0[range]) }))
    }
    self.batches = batches
  }

  private static func shuffledOrder(_ exampleCount: Int, seed: UInt64) -> [Int] {
    var order = Array(0..<exampleCount)
    var numbers = RandomNumbers(seed: seed, stream: "batches")
    // The method of Fisher and Yates. The shuffle of the standard library is not used, because it may change.
    for last in stride(from: exampleCount - 1, to: 0, by: -1) {
      order.swapAt(last, numbers.index(below: last + 1))
    }
    return order
  }
}

extension RandomNumbers {
  /// Returns a uniformly distributed number in 0..<bound. Random numbers that would make the distribution uneven are rejected.
  fileprivate mutating func index(below bound: Int) -> Int {
    let bound = UInt64(bound)
    let limit = UInt64.max - UInt64.max % bound
    while true {
      let draw = next()
      if draw < limit { return Int(draw % bound) }
    }
  }
}
