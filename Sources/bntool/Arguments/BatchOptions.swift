import ArgumentParser
import Interchange
import Messages

/// The options that divide data into batches.
struct BatchOptions: ParsableArguments {
  /// The number of examples in a batch if none is given.
  static let usualSize = 128

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of examples that are normalized together, at least 2.", valueName: "count"))
  var batchSize = BatchOptions.usualSize

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shuffle the examples. The same seed gives the same order on every machine.", valueName: "number"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Use only so many batches, the first ones.", valueName: "count"))
  var batches: Int?

  func validate() throws {
    guard batchSize >= 2 else {
      throw ValidationError("--batch-size \(batchSize): a batch needs at least 2 examples to have statistics")
    }
    guard batches ?? 1 >= 1 else { throw ValidationError("--batches \(batches ?? 0): give at least 1") }
  }

  /// The plan for some data.
  ///
  /// - Throws: `NegativeAnswer` if the data make no batch.
  func plan(for feed: ModelFeed, shard: BatchPlan.Shard? = nil) throws -> BatchPlan {
    let plan = BatchPlan(
      exampleCount: feed.count, batchSize: batchSize, seed: seed, limit: batches, shard: shard)
    guard !plan.batches.isEmpty else {
      let examples = counted(feed.count, "example")
      throw NegativeAnswer(
        description: shard.map { "\(feed.location): \(examples) make no batch for shard \($0.number)/\($0.count)" }
          ?? "\(feed.location): has \(examples), too few for a batch of at least 2")
    }
    if plan.leftOver > 0 {
      Console.warn(
        "\(feed.location): the last example is ignored, because a batch of one example has no statistics; "
          + "another --batch-size can include it")
    }
    return plan
  }
}
