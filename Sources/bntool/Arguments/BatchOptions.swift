import ArgumentParser
import Interchange

/// How data are divided into batches.
struct BatchOptions: ParsableArguments {
  /// How many examples are normalized together where nothing else is said.
  static let usualSize = 128

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many examples are normalized together, at least 2.", valueName: "count"))
  var batchSize = BatchOptions.usualSize

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shuffle the examples; the same seed gives the same order on every machine.", valueName: "number"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Take the first batches only, at most so many.", valueName: "count"))
  var batches: Int?

  func validate() throws {
    guard batchSize >= 2 else {
      throw ValidationError("--batch-size \(batchSize): of fewer than 2 examples there are no statistics")
    }
    guard batches ?? 1 >= 1 else { throw ValidationError("--batches \(batches ?? 0): at least 1") }
  }

  /// The plan for some data.
  ///
  /// - Throws: `NegativeAnswer` where they make no batch.
  func plan(for feed: ModelFeed, shard: BatchPlan.Shard? = nil) throws -> BatchPlan {
    let plan = BatchPlan(
      exampleCount: feed.count, batchSize: batchSize, seed: seed, limit: batches, shard: shard)
    guard !plan.batches.isEmpty else {
      let share = shard.map { " for shard \($0.number)/\($0.count)" } ?? ""
      throw NegativeAnswer(
        description: "\(feed.location): \(Formatting.counted(feed.count, "example")) make no batch\(share) to observe")
    }
    if plan.leftOver > 0 {
      Console.warn("\(feed.location): the last example is left out: of a batch of one there are no statistics")
    }
    return plan
  }
}
