import ArgumentParser
import Interchange

/// The options that divide data into batches.
struct BatchOptions: ParsableArguments {
  /// The number of examples in a batch if the option is not given.
  static let usualSize = 128

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of examples that are normalized together.", valueName: "count"))
  var batchSize = BatchOptions.usualSize

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shuffle the examples. The same seed gives the same order on every machine.", valueName: "number"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Use at most this many batches, from the first one on.", valueName: "count"))
  var batches: Int?

  @Flag(help: "Leave out examples with numbers that are not finite, and count them.")
  var skipNonfinite = false

  func validate() throws {
    guard batchSize >= 1 else { throw ValidationError("--batch-size \(batchSize): give at least 1") }
    guard batches ?? 1 >= 1 else { throw ValidationError("--batches \(batches ?? 0): give at least 1") }
  }

  /// The plan for the given data.
  ///
  /// If there are more shards than batches, the plan of a shard can be empty.
  ///
  /// - Throws: `DataError` if there are no data.
  func plan(for feed: ModelFeed, shard: BatchPlan.Shard? = nil) throws -> BatchPlan {
    let plan = BatchPlan(
      exampleCount: feed.count, batchSize: batchSize, seed: seed, limit: batches, shard: shard)
    guard feed.count > 0 else { throw DataError(description: "\(feed.location): has 0 examples") }
    return plan
  }

  /// The data for estimating statistics: the planned batches of a feed.
  ///
  /// - Throws: `DataError` if there are no data.
  func calibration(with feed: ModelFeed) throws -> CalibrationData {
    CalibrationData(feed, try plan(for: feed), skipsNonfinite: skipNonfinite)
  }
}
