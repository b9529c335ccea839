import ComputationGraphs
import PopulationStatistics
import Tensors

/// The result of observing the batches of a plan.
public struct FeedingOutcome: Hashable, Sendable {
  /// Whether all standard errors are at most the bound; true without a bound.
  public internal(set) var isPrecise = true
  /// The number of examples that were left out: a remainder of the data with too few observations per element.
  public internal(set) var leftOutExampleCount = 0
  /// The number of examples that were left out because they have numbers that are not finite.
  public internal(set) var nonfiniteExampleCount = 0
}

extension PopulationPass {
  /// Observes the batches of a plan. The name of a batch, together with the source of its examples, identifies the same data on
  /// every machine.
  ///
  /// A remainder of the data that has too few observations per element is left out.
  ///
  /// - Parameters:
  ///   - source: The digest of the data that `feed.source()` returns; nil to compute it here, which reads the data.
  ///   - skippingNonfinite: Whether examples with numbers that are not finite are left out.
  ///   - progress: Called after each batch, with the number of examples in this batch. If it throws, the pass ends.
  /// - Returns: The numbers of examples that were left out.
  /// - Throws: `InterchangeError` if the data cannot be read or are not finite; the errors of `observe(_:batch:sequence:)` and of
  ///   `progress`.
  @discardableResult
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, source: Name? = nil, skippingNonfinite: Bool = false,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> FeedingOutcome {
    var outcome = FeedingOutcome()
    let source = try source ?? feed.source()
    for batch in plan.batches {
      try outcome.observe(batch, of: feed, skippingNonfinite: skippingNonfinite) { inputs in
        try observe(
          inputs, batch: feed.name(of: batch), sequence: batch.number, examples: batch.selection(from: source))
      }
      try progress(batch.examples.count)
    }
    return outcome
  }
}

extension FeedingOutcome {
  /// Observes a batch, or leaves it out if it is a remainder with too few observations.
  fileprivate mutating func observe(
    _ batch: BatchPlan.Batch, of feed: ModelFeed, skippingNonfinite: Bool, _ body: ([Name: Tensor]) throws -> Void
  ) throws {
    let (inputs, skippedCount) = try feed.finiteInputs(batch.examples, skipping: skippingNonfinite)
    nonfiniteExampleCount += skippedCount
    do {
      try body(inputs)
    } catch let error as GraphError where error.code == .tooFewObservations && (batch.isRemainder || skippedCount > 0) {
      leftOutExampleCount += batch.examples.count - skippedCount
    }
  }
}

extension Recalibration {
  /// The least number of batches for which standard errors are used. With fewer batches, standard errors are too uncertain.
  public static let leastBatchCount = 8

  /// Observes the batches of a plan.
  ///
  /// With a bound, the function stops when every standard error is at most the bound, but not before `leastBatchCount` batches.
  ///
  /// - Parameters:
  ///   - bound: The bound of the standard errors, in units of the standard deviation; nil for all batches.
  ///   - skippingNonfinite: Whether examples with numbers that are not finite are left out.
  ///   - progress: Called after each batch, with the number of examples in this batch. If it throws, the work ends.
  /// - Throws: `InterchangeError` if the data cannot be read or are not finite; the errors of `observe(_:)` and of `progress`.
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, untilError bound: Double? = nil, skippingNonfinite: Bool = false,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> FeedingOutcome {
    var outcome = FeedingOutcome()
    for batch in plan.batches {
      try outcome.observe(batch, of: feed, skippingNonfinite: skippingNonfinite) { try observe($0) }
      try progress(batch.examples.count)
      guard let bound, batchCount >= Recalibration.leastBatchCount, let errors = standardErrors else { continue }
      if errors.allSatisfy({ $0.greatest <= bound }) { return outcome }
    }
    outcome.isPrecise = bound == nil
    return outcome
  }
}
