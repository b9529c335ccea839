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
