import Dispatch
import Synchronization

extension Estimation {
  /// The population statistics of every brick in a set, in the order of `UpdateSet.bricks`.
  ///
  /// Bricks are independent of each other, so each is estimated by one thread alone: the number of threads changes the
  /// time and nothing else.
  ///
  /// - Parameter threads: how many threads to use at most, at least 1.
  /// - Throws: the `StatisticsError` of the first brick that has one; see `estimate(brick:in:)`.
  public func estimates(in set: UpdateSet, threads: Int = 1) throws(StatisticsError) -> [Estimate] {
    precondition(threads >= 1, "an estimation needs at least one thread")
    let ranges = set.brickRanges
    let results = Mutex([Result<Estimate, StatisticsError>?](repeating: nil, count: ranges.count))
    let next = Atomic(0)
    // Threads take the next brick as they finish one, since bricks differ in size.
    let work: @Sendable () -> Void = {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < ranges.count else { return }
        let records = set.records[ranges[index]]
        let result = Result { () throws(StatisticsError) in
          try estimate(brick: records[records.startIndex].identity.brick, from: records)
        }
        results.withLock { $0[index] = result }
      }
    }
    let threadCount = min(threads, ranges.count)
    if threadCount > 1 {
      DispatchQueue.concurrentPerform(iterations: threadCount) { _ in work() }
    } else {
      work()
    }
    var estimates: [Estimate] = []
    for result in results.withLock({ $0 }) {
      if let result { estimates.append(try result.get()) }
    }
    return estimates
  }
}
