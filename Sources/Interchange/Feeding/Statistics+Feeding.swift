import ComputationGraphs
import PopulationStatistics

extension PopulationPass {
  /// Observes the batches of a plan. The name of each batch means the same data on every machine.
  ///
  /// A remainder of the data that has too few observations per element is left out.
  ///
  /// - Parameter progress: Called with the number of examples after each batch. If it throws, the pass ends.
  /// - Returns: The number of examples that were left out.
  /// - Throws: `InterchangeError` if the data cannot be read; the errors of `observe(_:batch:sequence:)` and of `progress`.
  @discardableResult
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, progress: (Int) throws -> Void = { _ in }
  ) throws -> Int {
    var leftOutCount = 0
    for batch in plan.batches {
      let inputs = try feed.inputs(batch.examples)
      leftOutCount += try batch.leftOutCount {
        try observe(inputs, batch: feed.name(of: batch), sequence: batch.number)
      }
      try progress(batch.examples.count)
    }
    return leftOutCount
  }
}

extension BatchPlan.Batch {
  /// Observes the batch, or leaves it out if it is a remainder with too few observations.
  ///
  /// - Returns: The number of examples that were left out.
  fileprivate func leftOutCount(observing observe: () throws -> Void) throws -> Int {
    do {
      try observe()
      return 0
    } catch let error as GraphError where error.code == .tooFewObservations && isRemainder {
      return examples.count
    }
  }
}

extension Recalibration {
  /// The result of observing the batches of a plan.
  public struct Outcome: Hashable, Sendable {
    /// Whether all standard errors are at most the bound; true without a bound.
    public let isPrecise: Bool
    /// The number of examples that were left out: a remainder of the data with too few observations per element.
    public let leftOutExampleCount: Int
  }

  /// The number of batches from which on standard errors are used. With fewer batches, their spread is too uncertain.
  public static let leastBatchCount = 8

  /// Observes the batches of a plan: all of them or, with a bound, until every standard error is at most the bound, but at least
  /// `leastBatchCount` batches.
  ///
  /// - Parameters:
  ///   - bound: The bound of the standard errors, in units of the standard deviation; nil for all batches.
  ///   - progress: Called with the number of examples after each batch. If it throws, the work ends.
  /// - Throws: `InterchangeError` if the data cannot be read; the errors of `observe(_:)` and of `progress`.
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, untilError bound: Double? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> Outcome {
    var leftOutCount = 0
    for batch in plan.batches {
      let inputs = try feed.inputs(batch.examples)
      leftOutCount += try batch.leftOutCount { try observe(inputs) }
      try progress(batch.examples.count)
      guard let bound, batchCount >= Recalibration.leastBatchCount, let errors = standardErrors else { continue }
      if errors.allSatisfy({ $0.greatest <= bound }) {
        return Outcome(isPrecise: true, leftOutExampleCount: leftOutCount)
      }
    }
    return Outcome(isPrecise: bound == nil, leftOutExampleCount: leftOutCount)
  }
}
