import ArgumentParser
import ComputationGraphs
import Interchange

/// The options for model inputs that are not in the data file: the mask and the time step.
struct FeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("An array (examples, time) of 0 and 1 for the model's input \"mask\".", valueName: "data"),
    completion: .data)
  var mask: String?

  @Option(
    help: ArgumentHelp(
      "The length of each sequence. The model's input \"mask\" is made from the lengths.", valueName: "data"),
    completion: .data)
  var lengths: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The time step, counted from 0, for a model with an input \"step\".", valueName: "number"))
  var step: Int?

  /// The files that the options name.
  var inputFiles: [String] { [mask, lengths].compactMap { $0 } }

  /// Finds the data for the inputs of the model.
  ///
  /// - Parameter file: The model's file, for messages.
  /// - Throws: `UsageError` if the options contradict each other or the model, `InterchangeError` for the data.
  func feed(_ model: Model, of file: String, from data: String) throws -> ModelFeed {
    guard mask == nil || lengths == nil else {
      throw UsageError(description: "give either --mask or --lengths, not both: a mask is made from the lengths")
    }
    guard model.graph.takesTimeStep == (step != nil) else {
      throw UsageError(
        description: step == nil
          ? "\(file): the model has statistics for each time step; give the step with --step N"
          : "\(file): the model has no input \"step\"; remove --step")
    }
    guard step ?? 0 >= 0 else { throw UsageError(description: "--step \(step ?? 0): steps are counted from 0") }
    if mask != nil || lengths != nil, !model.graph.takesMask {
      throw UsageError(
        description: "\(file): the model has no input \"mask\"; remove \(mask == nil ? "--lengths" : "--mask")")
    }
    return try ModelFeed(
      model, data: data, mask: mask.map(ModelFeed.Mask.array) ?? lengths.map(ModelFeed.Mask.lengths), step: step)
  }
}
