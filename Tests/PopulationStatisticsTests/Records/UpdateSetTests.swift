import PopulationStatistics
import Tensors
import Testing

@Suite("Sets of update records")
struct UpdateSetTests {
  /// Random subsets of one universe of records, as files of one experiment would hold them: with overlaps, some kept in
  /// a wider type or recorded in another order.
  static func randomSet(using generator: inout SeededGenerator) throws -> UpdateSet {
    var records: [UpdateRecord] = []
    for brick in ["/b", "/a", "/a/x", "/ä"] as [Name] {
      for batch in 0..<4 where Bool.random(using: &generator) {
        let value = Double(batch) + 0.5
        let steps = Int64(batch + 1)
        let values = [Double](repeating: value, count: Int(steps))
        let wide = Bool.random(using: &generator)
        records.append(
          try record(
            "batch \(batch)", brick: brick, sequence: Int.random(in: 0..<9, using: &generator),
            digest: batch == 0 ? nil : Digest(of: "d\(batch % 2)"), epsilon: 1e-3, type: wide ? .float64 : .float32,
            mean: values, deviation: values, [Int64](repeating: steps, count: Int(steps)), steps: true))
      }
    }
    return try UpdateSet(records.shuffled(using: &generator), source: "\(generator.next())")
  }

  @Test("union is associative, commutative and idempotent, and equal sets have equal records in equal order")
  func laws() throws {
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<200 {
      let (a, b, c) = (
        try Self.randomSet(using: &generator), try Self.randomSet(using: &generator),
        try Self.randomSet(using: &generator)
      )
      let left = try a.union(b).union(c)
      let right = try a.union(b.union(c))
      #expect(left == right)
      #expect(left.records == right.records)
      #expect(try a.union(b) == b.union(a))
      #expect(try a.union(a) == a)
      #expect(try left.union(b) == left)
      #expect(try UpdateSet(unionOf: [c, a, b]) == left)
      #expect(try a.union(UpdateSet()) == a)
      #expect(left.hashValue == right.hashValue)
    }
  }

  @Test("records are in ascending order of the identities' bytes")
  func order() throws {
    let identities: [(Name, Name)] = [("/b", "2"), ("/a/x", "1"), ("/a", "é"), ("/a", "e\u{301}"), ("/a", "Z")]
    let set = try UpdateSet(identities.map { try record($0.1, brick: $0.0, mean: [1], deviation: [1], [1]) })
    #expect(set.bricks == ["/a", "/a/x", "/b"])
    // é as one scalar (C3 A9) and as e with an accent (65 CC 81) are two batches, since their bytes differ.
    #expect(set.records.map { Array($0.identity.batch.utf8).first } == [0x5A, 0x65, 0xC3, 0x31, 0x32])
    #expect(set.records(of: "/a").count == 3)
    #expect(set.records(of: "/nowhere").isEmpty)
  }

  @Test("the union has the widest type of a brick's records and the smallest sequence number of a batch")
  func normalization() throws {
    let narrow = try UpdateSet([record("0", sequence: 5, type: .float32, mean: [1], deviation: [1], [1])])
    let wide = try UpdateSet([
      record("1", sequence: 1, type: .float64, mean: [0.1], deviation: [1], [1]),
      record("0", sequence: 2, type: .float32, mean: [1], deviation: [1], [1]),
    ])
    let union = try narrow.union(wide)
    #expect(union.records.map(\.scalarType) == [.float64, .float64])
    #expect(union.records.map(\.sequence) == [2, 1])
  }

  @Test("a minibatch has one place in the recorded order, in all bricks")
  func sequencesAcrossBricks() throws {
    let a = try UpdateSet([record("0", brick: "/a", sequence: 5, mean: [1], deviation: [1], [1])])
    let b = try UpdateSet([
      record("0", brick: "/b", sequence: 2, mean: [1], deviation: [1], [1]),
      record("0", brick: "/b", sequence: 1, digest: Digest(of: "other"), mean: [1], deviation: [1], [1]),
    ])
    for union in [try a.union(b), try b.union(a)] {
      #expect(union.records.map(\.sequence) == [2, 2, 1])
    }
  }

  @Test("one file that contradicts itself is also refused")
  func conflictWithin() throws {
    let records = try [1.0, 2].map { try record("7", mean: [$0], deviation: [1], [1]) }
    let error = try #require(throws: StatisticsError.self) { try UpdateSet(records, source: "only.h5") }
    #expect(error.code == .conflict)
    #expect(error.message.contains("only.h5"))
  }

  @Test("the source of a record is known and does not change the set")
  func sources() throws {
    let records = [try record("0", mean: [1], deviation: [1], [1])]
    let (a, b) = (try UpdateSet(records, source: "a.h5"), try UpdateSet(records, source: "b.h5"))
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
    #expect(a.source(of: records[0].identity) == "a.h5")
    #expect(try b.union(a).source(of: records[0].identity) == "a.h5")
    #expect(a.source(of: .init(brick: "/norm", batch: "1", parametersDigest: nil)) == nil)
  }

  @Test("the same batch with other parameters is another observation")
  func parametersTellRecordsApart() throws {
    let digests = [Digest(of: "1"), Digest(of: "2")].sorted()
    let a = try UpdateSet([record("0", digest: digests[0], mean: [1], deviation: [1], [1])])
    let b = try UpdateSet([record("0", digest: digests[1], mean: [2], deviation: [1], [1])])
    let union = try a.union(b)
    #expect(union.records.count == 2)
    #expect(union.parametersDigests == digests)
    #expect(union.filter { $0.identity.parametersDigest == digests[1] } == b)
  }

  @Test("values without observations are ignored, even NaN")
  func unobservedValues() throws {
    let a = try record("0", mean: [1, .nan], deviation: [1, -3], [4, 0], steps: true)
    let b = try record("0", mean: [1, 7], deviation: [1, .infinity], [4, 0], steps: true)
    #expect(a == b)
    #expect(try UpdateSet([a]).union(UpdateSet([b])).records.count == 1)
  }

  static let conflicts: [(String, @Sendable () throws -> UpdateRecord)] = [
    ("different values", { try record("7", epsilon: 0.1, mean: [1, 3], deviation: [1, 1], [2]) }),
    ("different values", { try record("7", epsilon: 0.1, mean: [1, 2], deviation: [1, 1], [3]) }),
    ("per-example shapes", { try record("8", epsilon: 0.1, mean: [1], deviation: [1], [2]) }),
    ("time steps", { try record("8", epsilon: 0.1, mean: [1, 2], deviation: [1, 1], [2], steps: true) }),
    ("epsilon 0.1 and epsilon 0.2", { try record("8", epsilon: 0.2, mean: [1, 2], deviation: [1, 1], [2]) }),
    ("means only", { try record("8", epsilon: 0.1, mean: [1, 2], deviation: nil, [2]) }),
  ]

  @Test("a conflict names the brick, the batch and both sources", arguments: conflicts.indices)
  func conflict(index: Int) throws {
    let (words, other) = Self.conflicts[index]
    let first = try UpdateSet(
      [record("7", epsilon: 0.1, mean: [1, 2], deviation: [1, 1], [2])], source: "first.h5")
    let second = try UpdateSet([other()], source: "second.h5")
    for (a, b) in [(first, second), (second, first)] {
      let error = try #require(throws: StatisticsError.self) { try a.union(b) }
      #expect(error.code == .conflict)
      for part in ["/norm", "\"7\"", "first.h5", "second.h5"] + (a == first ? [words] : []) {
        #expect(error.message.contains(part), "\(error.message)")
      }
    }
  }
}
