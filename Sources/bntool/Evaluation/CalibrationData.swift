import ComputationGraphs
import Interchange
import PopulationStatistics

/// The data for estimating the population statistics of models.
final class CalibrationData {
  let feed: ModelFeed
  let plan: BatchPlan
  /// Whether examples with numbers that are not finite are left out.
  private let skipsNonfinite: Bool
  private var hasWarned = false

  init(_ feed: ModelFeed, _ plan: BatchPlan, skipsNonfinite: Bool) {
    (self.feed, self.plan, self.skipsNonfinite) = (feed, plan, skipsNonfinite)
  }

  /// Observes the data, and warns once about data that the statistics do not include.
  ///
  /// - Parameters:
  ///   - file: The model's file, for messages.
  ///   - untilError: The work ends early when every standard error is at most this bound.
  ///   - advance: Called after each batch with its number of examples.
  /// - Returns: Whether all standard errors are at most the bound; true without a bound.
  @discardableResult
  func observe(
    with recalibration: inout Recalibration, of file: String, untilError: Double? = nil,
    _ advance: (Int) throws -> Void
  ) throws -> Bool {
    let outcome = try Inference.naming(file) {
      try recalibration.observe(
        plan, of: feed, untilError: untilError, skippingNonfinite: skipsNonfinite, progress: advance)
    }
    try LeftOut.check(outcome, of: feed, count: plan.exampleCount)
    if !hasWarned {
      hasWarned = true
      LeftOut.warn(outcome, of: feed)
      LeftOut.warn(steps: recalibration.ignoredStepCount, observations: recalibration.ignoredObservationCount)
    }
    return outcome.isPrecise
  }

  /// A model with statistics pooled over all batches.
  func recalibrated(_ model: Model, of file: String, _ advance: (Int) throws -> Void) throws -> Model {
    var recalibration = try Inference.naming(file) { try Recalibration(model) }
    try observe(with: &recalibration, of: file, advance)
    return try Inference.naming(file) { try recalibration.recalibrated().model }
  }
}
