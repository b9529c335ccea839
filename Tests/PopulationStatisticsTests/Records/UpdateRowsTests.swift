import PopulationStatistics
import Tensors
import Testing

@Suite("Rows of update records")
struct UpdateRowsTests {
  /// Two sets with the batch "b" in common. The second set gives it an earlier place, so that the order of the first set changes.
  private func union(secondMean: Double = 2) throws -> UpdateUnion {
    let first = try UpdateSet(
      [
        record("a", sequence: 1, mean: [1], deviation: [10], [100]),
        record("b", sequence: 2, mean: [2], deviation: [20], [200]),
        record("c", sequence: 3, mean: [3], deviation: [30], [300]),
      ], source: "first.h5")
    let second = try UpdateSet(
      [
        record("b", sequence: 0, mean: [secondMean], deviation: [20], [200]),
        record("d", sequence: 5, mean: [4], deviation: [40], [400]),
      ], source: "second.h5")
    return try UpdateUnion([first, second])
  }

  @Test("come in the order of recording, in blocks of any size", arguments: [1, 2, 3, 4])
  func blocks(size: Int) throws {
    let union = try union()
    #expect(union.minibatches.map(\.batch) == ["b", "a", "c", "d"])
    let rows = try union.rows(of: 0, keeping: [.mean, .standardDeviation])
    var (counts, means, deviations): ([Int64], [Double], [Double]) = ([], [], [])
    for start in stride(from: 0, to: 4, by: size) {
      let block = try rows.next(min(size, 4 - start))
      counts += block.counts
      means += block.mean ?? []
      deviations += block.standardDeviation ?? []
    }
    #expect(counts == [200, 100, 300, 400])
    #expect(means == [2, 1, 3, 4])
    #expect(deviations == [20, 10, 30, 40])
    #expect(try union.stack(at: 0).mean == means)
  }

  @Test("have only the wanted statistics")
  func statistics() throws {
    let rows = try union().rows(of: 0, keeping: [.standardDeviation])
    let block = try rows.next(4)
    #expect(block.mean == nil)
    #expect(block.standardDeviation == [20, 10, 30, 40])
    #expect(try union().rows(of: 0, keeping: []).next(4).counts == [200, 100, 300, 400])
  }

  @Test("that contradict each other are refused in their block")
  func conflict() throws {
    let rows = try union(secondMean: 2.5).rows(of: 0, keeping: [.mean])
    let error = #expect(throws: StatisticsError.self) { try rows.next(1) }
    #expect(error?.code == .conflict)
    #expect(error?.message.contains("of batch \"b\" has different values in first.h5 and second.h5") ?? false)
  }
}

@Suite("A stack of update records")
struct UpdateStackTests {
  /// Two rows of three values.
  private func form(hasDeviation: Bool = true) -> UpdateStack.Form {
    UpdateStack.Form(
      brick: "/bn", application: "apply", epsilon: 1e-5, scalarType: .float32, exampleShape: [3], hasTimeSteps: false,
      stepCount: 1, hasMean: true, hasStandardDeviation: hasDeviation, minibatches: [0, 1], source: nil)
  }

  @Test(
    "refuses arrays whose sizes do not fit",
    arguments: [
      ([1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], true, "there are 1 counts, not 2 × 1"),
      ([1, 1], [0, 0, 0], [1, 1, 1, 1, 1, 1], true, "there are 3 means, not 6"),
      ([1, 1], nil, [1, 1, 1, 1, 1, 1], true, "there are 0 means, not 6"),
      ([1, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1], true, "there are 5 standard deviations, not 6"),
      ([1, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], false, "there are 6 standard deviations, not 0"),
    ] as [([Int64], [Double]?, [Double]?, Bool, String)])
  func sizes(counts: [Int64], mean: [Double]?, deviation: [Double]?, hasDeviation: Bool, message: String) throws {
    let error = #expect(throws: StatisticsError.self) {
      try UpdateStack(
        form(hasDeviation: hasDeviation), counts: counts, mean: mean, standardDeviation: deviation,
        minibatches: [
          Minibatch(batch: "a", sequence: 0, parametersDigest: Digest(of: "")),
          Minibatch(batch: "b", sequence: 1, parametersDigest: Digest(of: "")),
        ])
    }
    #expect(error?.code == .invalidValues && error?.message.contains(message) ?? false, "\(String(describing: error))")
  }
}
