import ArgumentParser
import Bricks
import Interchange

/// What a model is fed with beside its data.
struct FeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("An array of 0 and 1 (examples, time) for the model's input \"mask\".", valueName: "data"),
    completion: .data)
  var mask: String?

  @Option(
    help: ArgumentHelp(
      "The length of every sequence, from which the model's input \"mask\" is made.", valueName: "data"),
    completion: .data)
  var lengths: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The time step, from 0, for a model with statistics per step and an input \"step\".", valueName: "number"))
  var step: Int?

  /// The files that the options name.
  var inputFiles: [String] { [mask, lengths].compactMap { $0 } }

  /// The model's data, found and fitted to its inputs.
  ///
  /// - Parameter file: the model's file, for messages.
  /// - Throws: `UsageError` where the options do not go with each other or with the model, `InterchangeError` for the data.
  func feed(_ model: Model, of file: String, from data: String) throws -> ModelFeed {
    guard mask == nil || lengths == nil else {
      throw UsageError(description: "--mask and --lengths: give one of them; lengths make a mask")
    }
    guard model.graph.takesTimeStep == (step != nil) else {
      throw UsageError(
        description: step == nil
          ? "\(file): the model has statistics per time step; say which: --step N"
          : "\(file): the model has no input \"step\"; leave --step out")
    }
    guard step ?? 0 >= 0 else { throw UsageError(description: "--step \(step ?? 0) is negative; steps count from 0") }
    if mask != nil || lengths != nil, !model.graph.takesMask {
      throw UsageError(description: "\(file): the model has no input \"mask\"; leave --mask and --lengths out")
    }
    return try ModelFeed(
      model, data: data, mask: mask.map(ModelFeed.Mask.array) ?? lengths.map(ModelFeed.Mask.lengths), step: step)
  }
}

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
