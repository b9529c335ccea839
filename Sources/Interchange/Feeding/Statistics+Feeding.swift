import PopulationStatistics

extension PopulationPass {
  /// Observes the batches of a plan, each under a name that means the same data on every machine.
  ///
  /// - Parameter progress: Called with the number of examples after each batch; what it throws ends the pass.
  /// - Throws: `InterchangeError` where the data cannot be read; as `observe(_:batch:sequence:)`; whatever `progress` throws.
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, progress: (Int) throws -> Void = { _ in }
  ) throws {
    for batch in plan.batches {
      try observe(feed.inputs(batch.examples), batch: feed.name(of: batch), sequence: batch.number)
      try progress(batch.examples.count)
    }
  }
}

extension Recalibration {
  /// Of fewer batches the differences say too little of how large they are.
  public static let leastBatchCount = 8

  /// Observes the batches of a plan: all of them, or so many, `leastBatchCount` at the least, that no standard error is above a bound.
  ///
  /// - Parameters:
  ///   - bound: The standard error that is small enough, in units of the standard deviation; nil for all batches.
  ///   - progress: Called with the number of examples after each batch; what it throws ends the work.
  /// - Returns: Whether no standard error is above the bound; true without one.
  /// - Throws: `InterchangeError` where the data cannot be read; as `observe(_:)`; whatever `progress` throws.
  public mutating func observe(
    _ plan: BatchPlan, of feed: ModelFeed, untilError bound: Double? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> Bool {
    for batch in plan.batches {
      try observe(feed.inputs(batch.examples))
      try progress(batch.examples.count)
      guard let bound, batchCount >= Recalibration.leastBatchCount, let errors = standardErrors else { continue }
      if errors.allSatisfy({ $0.greatest <= bound }) { return true }
    }
    return bound == nil
  }
}
