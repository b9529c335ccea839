import Bricks
import Interchange
import PopulationStatistics
import TestSupport
import Testing

@Suite("Data with numbers that are not finite")
struct NonfiniteTests {
  /// Ten examples of three numbers, some of them not finite, in a file.
  private func feed(_ body: (ModelFeed, Model) throws -> Void) throws {
    try withTemporaryFolder { folder in
      var numbers = (0..<30).map { Float($0 * 7 % 11) }
      numbers[3 * 6 + 1] = .nan
      numbers[3 * 8] = -.infinity
      try NumPyArray.write(Tensor(numbers, shape: [10, 3]), to: "\(folder)/x.npy")
      let model = try Model(BatchNormalization(), input: .features(3), scalar: .float64, seed: 1)
      try body(ModelFeed(model, data: "\(folder)/x.npy"), model)
    }
  }

  @Test("are refused with the file and the first example") func refused() throws {
    try feed { feed, model in
      var pass = try PopulationPass(model)
      let plan = BatchPlan(exampleCount: feed.count, batchSize: 5)
      let error = #expect(throws: InterchangeError.self) { try pass.observe(plan, of: feed) }
      #expect(error?.code == .unsuitable)
      #expect(error?.path.hasSuffix("x.npy") == true)
      #expect(error?.message.hasPrefix("example 6 (counted from 0)") == true)
    }
  }

  @Test("are left out and counted on request, and the statistics are those of the others") func skipped() throws {
    try feed { feed, model in
      var recalibration = try Recalibration(model)
      let outcome = try recalibration.observe(
        BatchPlan(exampleCount: feed.count, batchSize: 5), of: feed, skippingNonfinite: true)
      #expect(outcome.nonfiniteExampleCount == 2 && outcome.leftOutExampleCount == 0)
      let result = try recalibration.recalibrated().model
      let brick = result.normalizationStatistics[0]
      #expect(result.origins[brick.mean]?.observationCounts == [8])
      let kept = (0..<10).filter { $0 != 6 && $0 != 8 }
      let expected = (0..<3).map { channel in
        kept.map { Double((3 * $0 + channel) * 7 % 11) }.reduce(0, +) / 8
      }
      for (mean, wanted) in zip(try result.tensor(brick.mean).doubles, expected) { #expect(abs(mean - wanted) < 1e-12) }
    }
  }
}
