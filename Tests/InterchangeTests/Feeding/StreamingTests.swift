import Bricks
import Checkpoints
import Foundation
import Interchange
import PopulationStatistics
import Testing

@Suite("Data that stream through a model")
struct StreamingTests {
  private let digits = Repository.fixture("digits")

  @Test("give pairs in shards whose union, in any order, equals one pass, and has exactly the same averages")
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
      let isPrecise = try recalibration.observe(plan, of: feed, untilError: bound).isPrecise
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

  /// Images of two channels, or rows of four features: squares modulo a prime.
  private func data(_ shape: [Int]) throws -> Tensor {
    try Tensor((0..<shape.reduce(1, *)).map { Float($0 * $0 % 97) }, shape: Shape(shape))
  }

  @Test("count observations and not examples, so a batch of one image is observed", arguments: [1, 2, 3, 4])
  func singleImages(_ size: Int) throws {
    let directory = try TemporaryDirectory()
    let images = try data([5, 2, 3, 2])
    try NumPyArray.write(images, to: "\(directory.path)/images.npy")
    let model = try Model(
      SpatialBatchNormalization(), input: .images(channels: 2, height: 3, width: 2), scalar: .float64, seed: 1)
    let feed = try ModelFeed(model, data: "\(directory.path)/images.npy")
    let plan = BatchPlan(exampleCount: feed.count, batchSize: size)
    var recalibration = try Recalibration(model)
    #expect(try recalibration.observe(plan, of: feed).leftOutExampleCount == 0)
    var pass = try PopulationPass(model)
    #expect(try pass.observe(plan, of: feed).leftOutExampleCount == 0)
    for result in [try recalibration.recalibrated().model, try pass.estimatedModel()] {
      let brick = try #require(result.normalizationStatistics.first)
      let mean = try result.tensor(brick.mean).doubles
      let deviation = try result.tensor(#require(brick.standardDeviation)).doubles
      #expect(result.origins[brick.mean]?.observationCounts == [30])
      for channel in 0..<2 {
        let values = images.doubles.enumerated().filter { $0.offset / 6 % 2 == channel }.map(\.element)
        let average = values.reduce(0, +) / 30
        let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 30
        #expect(abs(mean[channel] - average) < 1e-12)
        #expect(abs(deviation[channel] - (variance + 1e-4).squareRoot()) < 1e-12)
      }
    }
  }

  @Test("leave out a remainder of one observation, and refuse other batches of one")
  func singleRows() throws {
    let directory = try TemporaryDirectory()
    try NumPyArray.write(data([5, 4]), to: "\(directory.path)/rows.npy")
    let model = try Model(BatchNormalization([4]), input: .features(4), seed: 1)
    let feed = try ModelFeed(model, data: "\(directory.path)/rows.npy")
    var pass = try PopulationPass(model)
    #expect(try pass.observe(BatchPlan(exampleCount: 5, batchSize: 2), of: feed).leftOutExampleCount == 1)
    #expect(pass.records.map(\.counts) == [[2], [2]])
    var recalibration = try Recalibration(model)
    #expect(try recalibration.observe(BatchPlan(exampleCount: 5, batchSize: 4), of: feed).leftOutExampleCount == 1)
    #expect(recalibration.batchCount == 1)
    for plan in [BatchPlan(exampleCount: 5, batchSize: 1), BatchPlan(exampleCount: 1, batchSize: 3)] {
      let error = #expect(throws: GraphError.self) { try pass.observe(plan, of: feed) }
      #expect(error?.code == .tooFewObservations)
    }
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
