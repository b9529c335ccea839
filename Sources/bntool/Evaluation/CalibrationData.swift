import ComputationGraphs
import Interchange
import PopulationStatistics

/// The data for estimating the population statistics of models, for commands that do more with the model.
struct CalibrationData {
  let feed: ModelFeed
  let plan: BatchPlan
  /// Whether examples with numbers that are not finite are left out.
  var skipsNonfinite = false

  /// A model with statistics pooled over all batches.
  ///
  /// - Parameters:
  ///   - file: The model's file, for messages.
  ///   - advance: Called with the number of examples after each batch.
  func recalibrated(_ model: Model, of file: String, _ advance: (Int) throws -> Void) throws -> Model {
    try Inference.naming(file) {
      var recalibration = try Recalibration(model)
      _ = try recalibration.observe(
        plan, of: feed, skippingNonfinite: skipsNonfinite, progress: advance)
      return try recalibration.recalibrated().model
    }
  }
}
