import PopulationStatistics
import Tensors
import Testing

@Suite("Examples of minibatches")
struct ExampleSelectionTests {
  /// A set of records of one brick: one record for each selection.
  private func set(
    _ selections: [ExampleSelection?], brick: Name = "/norm", names: [Name]? = nil, digest: Digest? = Digest(of: "p")
  ) throws -> UpdateSet {
    try UpdateSet(
      selections.enumerated().map { index, selection in
        try UpdateRecord(
          identity: UpdateRecord.Identity(
            brick: brick, batch: names?[index] ?? "batch \(selection.map { "\($0.ranges) \($0.order)" } ?? "\(index)")",
            parametersDigest: digest),
          sequence: index, epsilon: 1e-3, scalarType: .float64, exampleShape: [1], hasTimeSteps: false, mean: [1],
          standardDeviation: [1], counts: [4], examples: selection)
      })
  }

  private func examples(_ ranges: Range<Int>..., source: Name = "x", order: Name = "") throws -> ExampleSelection {
    try #require(ExampleSelection(source: source, order: order, ranges: ranges))
  }

  @Test(
    "need a source, and ranges that begin at 0 or later, are in ascending order, and do not touch",
    arguments: [[], [0..<0], [-1..<2], [0..<2, 2..<3], [4..<6, 0..<2], [0..<3, 2..<5]])
  func invalid(ranges: [Range<Int>]) {
    #expect(ExampleSelection(source: "x", ranges: ranges) == nil)
    #expect(ExampleSelection(source: "", ranges: [0..<4]) == nil)
  }

  @Test("overlap if two minibatches have a place in common, also if they were merged from different sets")
  func commonPlaces() throws {
    let whole = try set([examples(0..<100), examples(100..<200)])
    #expect(whole.overlap == nil)
    let part = try set([examples(300..<310), examples(40..<64, 120..<130)], names: ["far", "near"])
    #expect(part.overlap == nil)
    let union = try part.union(whole)
    #expect(union == (try whole.union(part)))
    let overlap = try #require(union.overlap)
    #expect(overlap.reason == .commonPlaces)
    #expect([overlap.first.batch, overlap.second.batch].contains("near"))
    let error = try #require(throws: StatisticsError.self) { try union.checkOverlap() }
    #expect(error.code == .overlap && error.message.contains("would count twice"))
  }

  @Test("overlap if two minibatches come from different orders of the same data")
  func differentOrders() throws {
    let orders = try set([examples(0..<4, order: "seed 1"), examples(4..<8, order: "seed 2")])
    #expect(orders.overlap?.reason == .differentOrders)
    #expect(try set([examples(0..<4, order: "seed 1"), examples(4..<8, order: "seed 1")]).overlap == nil)
  }

  @Test("do not overlap if the data, the parameters or the bricks differ, or the parameters are unknown")
  func separate() throws {
    let one = try examples(0..<4)
    #expect(try set([one, examples(0..<4, source: "y")]).overlap == nil)
    #expect(try set([one], digest: Digest(of: "q")).union(set([examples(2..<6)])).overlap == nil)
    #expect(try set([one], brick: "/other").union(set([examples(2..<6)])).overlap == nil)
    #expect(try set([one, examples(2..<6)], digest: nil).overlap == nil)
  }

  @Test("distinguish minibatches with one name from different data, and unite those from the same data")
  func names() throws {
    let (here, there) = (
      try set([examples(0..<4, source: "a")], names: ["x[0:4]"]),
      try set([examples(0..<4, source: "b")], names: ["x[0:4]"])
    )
    let union = try here.union(there)
    #expect(union.recordCount == 2)
    #expect(union.overlap == nil)
    #expect(try there.union(here) == union)
    #expect(try union.union(here) == union)
    let other = try set([examples(0..<5, source: "a")], names: ["x[0:4]"])
    let error = try #require(throws: StatisticsError.self) { try here.union(other) }
    #expect(error.code == .conflict && error.message.contains("with different examples of the same data"))
  }

  @Test("can be the same if only one of two minibatches with one name records them")
  func unknown() throws {
    let (old, new) = (try set([nil], names: ["x[0:4]"]), try set([examples(0..<4)], names: ["x[0:4]"]))
    #expect(try old.union(new).overlap?.reason == .sameName)
    #expect(try old.union(set([examples(0..<4)], names: ["other"])).overlap == nil)
    #expect(try old.union(old) == old)
  }

  @Test("of 100,000 minibatches are compared in well under a second")
  func many() throws {
    let selections = try (0..<100_000).map { try examples($0 * 128..<$0 * 128 + 128) }
    let set = try set(selections, names: selections.map { "x\($0.ranges[0].lowerBound)" })
    let clock = ContinuousClock()
    var overlap: ExampleOverlap?
    let time = clock.measure { overlap = set.overlap }
    #expect(overlap == nil)
    #expect(time < .seconds(2))
  }
}
