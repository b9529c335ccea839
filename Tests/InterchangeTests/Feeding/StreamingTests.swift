import Bricks
import Checkpoints
import Foundation
import Interchange
import PopulationStatistics
import Testing

@Suite("Data that stream through a model")
struct StreamingTests {
  private let digits = Repository.fixture("digits")

  @Test("leave pairs in shards that unite, in any order, to those of one pass, and average to the same bits")
  func shards() throws {
    let model = try Model(checkpoint: "\(digits)/snapshot-5.h5")
    let feed = try ModelFeed(model, data: "\(digits)/train.h5:images")
    func pairs(_ shard: BatchPlan.Shard?) throws -> UpdateSet {
      var pass = try PopulationPass(model)
      var seen = 0
      try pass.observe(BatchPlan(exampleCount: 400, batchSize: 60, seed: 8, shard: shard), of: feed) { seen += $0 }
      #expect(
        seen == pass.records.filter { $0.identity.brick.text.contains("_0") }.reduce(0) { $0 + Int($1.counts[0]) })
      return try pass.updates()
    }
    let whole = try pairs(nil)
    #expect(whole.records.count == 21)
    #expect(whole.records[0].identity.batch.hasPrefix("train.h5:images[seed 8]["))
    let shards = try (1...3).map { try pairs(BatchPlan.Shard($0, of: 3)) }
    let averaged = try StatisticAveraging().apply(whole, to: model).model
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
      let union = try UpdateSet(unionOf: order.map { shards[$0] })
      #expect(union == whole)
      #expect(union.records.map(\.sequence) == whole.records.map(\.sequence))
      #expect(try StatisticAveraging().apply(union, to: model).model == averaged)
    }
  }

  @Test("end a recalibration when every standard error is small enough, and not before the eighth batch")
  func untilError() throws {
    let model = try Model(checkpoint: "\(digits)/snapshot-5.h5")
    let feed = try ModelFeed(model, data: "\(digits)/train.h5:images")
    let plan = BatchPlan(exampleCount: feed.count, batchSize: 20, seed: 1)
    func batchCount(until bound: Double?) throws -> (batches: Int, isPrecise: Bool, greatest: Double) {
      var recalibration = try Recalibration(model)
      let isPrecise = try recalibration.observe(plan, of: feed, untilError: bound)
      return (
        recalibration.batchCount, isPrecise, try #require(recalibration.standardErrors?.map(\.greatest).max())
      )
    }
    let coarse = try batchCount(until: 100)
    #expect(coarse.batches == Recalibration.leastBatchCount && coarse.isPrecise)
    let middling = try batchCount(until: 0.08)
    #expect(middling.isPrecise && middling.greatest <= 0.08)
    #expect((Recalibration.leastBatchCount + 1..<plan.batches.count).contains(middling.batches))
    let impossible = try batchCount(until: 1e-6)
    #expect(impossible.batches == plan.batches.count && !impossible.isPrecise && impossible.greatest > 1e-6)
    let all = try batchCount(until: nil)
    #expect(all.batches == plan.batches.count && all.isPrecise)
  }

  @Test("can be interrupted")
  func interruption() throws {
    struct Stop: Error {}
    let model = try Model(checkpoint: "\(digits)/snapshot-5.h5")
    let feed = try ModelFeed(model, data: "\(digits)/train.h5:images")
    var pass = try PopulationPass(model)
    #expect(throws: Stop.self) {
      try pass.observe(BatchPlan(exampleCount: 100, batchSize: 50), of: feed) { _ in throw Stop() }
    }
    #expect(pass.records.count == 3)
  }
}
