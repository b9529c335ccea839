import Bricks
import Interchange
import PopulationStatistics

/// Data from which the population statistics of models are estimated anew, for commands that have more to do than that.
struct CalibrationData {
  let feed: ModelFeed
  let plan: BatchPlan

  /// The models with statistics pooled over all batches.
  ///
  /// - Parameters:
  ///   - file: the model's file, for messages.
  ///   - advance: called with the number of examples after each batch.
  func recalibrated(_ model: Model, of file: String, _ advance: (Int) throws -> Void) throws -> Model {
    try Inference.naming(file) {
      var recalibration = try Recalibration(model)
      _ = try recalibration.observe(plan, of: feed, progress: advance)
      return try recalibration.recalibrated().model
    }
  }
}
