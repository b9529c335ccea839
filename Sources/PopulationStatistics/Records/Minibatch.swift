import Names
import Tensors

/// A recorded minibatch, with the parameters that its records were computed with.
///
/// The records that all bricks computed from one minibatch share one value of this type.
public struct Minibatch: Hashable, Sendable {
  /// The identity of a minibatch: the data, and the parameters that the records were computed with.
  public struct Identity: Hashable, Sendable {
    let batch: Name
    let parametersDigest: Digest?
    let source: Name?
  }

  /// The name of the data. A name and a source of examples together mean the same data in every file.
  public var batch: Name
  /// The place in the order of recording, at least 0.
  public var sequence: Int
  /// The digest of the parameters that the records were computed with; nil if unknown.
  public var parametersDigest: Digest?
  /// The examples; nil if they are unknown.
  public var examples: ExampleSelection?

  /// Creates a minibatch with the given properties.
  public init(batch: Name, sequence: Int, parametersDigest: Digest?, examples: ExampleSelection? = nil) {
    self.batch = batch
    self.sequence = sequence
    self.parametersDigest = parametersDigest
    self.examples = examples
  }

  /// The identity: the data and the parameters, which distinguish the minibatch from others.
  public var identity: Identity {
    Identity(batch: batch, parametersDigest: parametersDigest, source: examples?.source)
  }
}

extension Minibatch: Comparable {
  /// The order of recording: by sequence, then name, then digest of the parameters, then source of the examples. An unknown digest or
  /// source comes first.
  public static func < (left: Minibatch, right: Minibatch) -> Bool {
    if left.sequence != right.sequence { return left.sequence < right.sequence }
    if left.batch != right.batch { return left.batch < right.batch }
    if left.parametersDigest != right.parametersDigest { return left.parametersDigest.precedes(right.parametersDigest) }
    return (left.examples?.source).precedes(right.examples?.source)
  }
}

/// The minibatches of several tables in one table, in the order of recording.
///
/// Other code refers to minibatches by their numbers in this table, so it never compares or hashes their names.
struct MinibatchUnion {
  /// The minibatches without repetition. If the tables give a minibatch several sequence numbers, it has the smallest one.
  let minibatches: [Minibatch]
  /// The numbers of each table's minibatches in the union.
  let numbers: [[Int]]

  /// The union of tables.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if two minibatches have the same identity but different examples.
  /// - Complexity: O(n log n) comparisons, O(n) if the tables are in ascending order.
  init(_ tables: [[Minibatch]]) throws(StatisticsError) {
    if let first = tables.first, tables.allSatisfy({ $0 == first }), first.isStrictlyAscending {
      minibatches = first
      numbers = tables.map { Array($0.indices) }
      return
    }
    var known = IdentityTable(capacity: tables.lazy.map(\.count).max() ?? 0)
    let numbers = try tables.map { (table) throws(StatisticsError) in
      try table.map { (minibatch) throws(StatisticsError) in
        let (number, isNew) = known.number(of: minibatch)
        guard !isNew else { return number }
        guard known.minibatches[number].examples == minibatch.examples else {
          throw Self.conflict(minibatch)
        }
        known.minibatches[number].sequence = min(known.minibatches[number].sequence, minibatch.sequence)
        return number
      }
    }
    let united = known.minibatches
    let order = united.indices.sorted { united[$0] < united[$1] }
    var places = [Int](repeating: 0, count: order.count)
    for (place, number) in order.enumerated() { places[number] = place }
    minibatches = order.map { united[$0] }
    self.numbers = numbers.map { $0.map { places[$0] } }
  }

  static func conflict(_ minibatch: Minibatch) -> StatisticsError {
    StatisticsError(
      .conflict,
      "the minibatch \"\(minibatch.batch)\" is recorded twice, with different examples of the same data: remove one of "
        + "the recordings")
  }
}

/// A hash table of minibatches with different identities, each with a number. It compares names only if their hashes are equal.
struct IdentityTable {
  /// The minibatches by their numbers. Their identities do not change.
  var minibatches: [Minibatch] = []
  private var hashes: [Int] = []
  /// The number of the minibatch in each slot of the hash table; -1 if the slot is free. The size is a power of two.
  private var places: [Int32]

  init(capacity: Int) {
    places = Array(repeating: -1, count: Self.size(for: capacity))
    minibatches.reserveCapacity(capacity)
    hashes.reserveCapacity(capacity)
  }

  /// The size of the hash table. At most half of the slots are used.
  private static func size(for count: Int) -> Int { 1 << (Int.bitWidth - (2 * count + 1).leadingZeroBitCount) }

  /// The number of the minibatch with the same identity. A new minibatch gets the next number.
  mutating func number(of minibatch: Minibatch) -> (number: Int, isNew: Bool) {
    var hasher = Hasher()
    hasher.combine(minibatch.batch)
    hasher.combine(minibatch.parametersDigest)
    let hash = hasher.finalize()
    var place = hash & (places.count - 1)
    while places[place] >= 0 {
      let number = Int(places[place])
      if hashes[number] == hash, minibatches[number].identity == minibatch.identity { return (number, false) }
      place = (place + 1) & (places.count - 1)
    }
    places[place] = Int32(minibatches.count)
    minibatches.append(minibatch)
    hashes.append(hash)
    if 2 * minibatches.count > places.count { grow() }
    return (minibatches.count - 1, true)
  }

  private mutating func grow() {
    places = Array(repeating: -1, count: 2 * places.count)
    for (number, hash) in hashes.enumerated() {
      var place = hash & (places.count - 1)
      while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
      places[place] = Int32(number)
    }
  }
}

extension [Minibatch] {
  /// Whether two minibatches have the same identity.
  package var hasRepeatedIdentity: Bool {
    var known = IdentityTable(capacity: count)
    return contains { !known.number(of: $0).isNew }
  }

  fileprivate var isStrictlyAscending: Bool { indices.dropFirst().allSatisfy { self[$0 - 1] < self[$0] } }

  /// Removes the minibatches that no row refers to. Returns the other minibatches, and the new number for each old number.
  package func pruned(to rows: some Sequence<[Int]>) -> (minibatches: [Minibatch], numbers: [Int]) {
    var isUsed = [Bool](repeating: false, count: count)
    for numbers in rows { for number in numbers { isUsed[number] = true } }
    var numbers = [Int](repeating: 0, count: count)
    var kept: [Minibatch] = []
    kept.reserveCapacity(count)
    for index in indices where isUsed[index] {
      numbers[index] = kept.count
      kept.append(self[index])
    }
    return (kept, numbers)
  }

  /// The different digests of parameters, with an unknown digest (nil) first.
  var parametersDigests: [Digest?] {
    // Neighbouring minibatches mostly have the same digest, so compare neighbours first.
    var found: Set<Digest?> = []
    var last: Digest?? = .none
    for minibatch in self where last != .some(minibatch.parametersDigest) {
      last = .some(minibatch.parametersDigest)
      found.insert(minibatch.parametersDigest)
    }
    return found.sorted { $0.precedes($1) }
  }
}
