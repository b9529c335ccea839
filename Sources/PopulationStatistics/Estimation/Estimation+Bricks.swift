import Tensors

extension Estimation {
  /// The population statistics of all bricks in a set, in the order of `UpdateSet.bricks`.
  ///
  /// Bricks are independent of each other, and a single thread estimates each brick. So the number of threads changes only the
  /// time.
  ///
  /// - Parameter threads: The greatest number of threads, at least 1.
  /// - Throws: The first `StatisticsError` of a brick; see `estimate(brick:in:)`.
  public func estimates(in set: UpdateSet, threads: Int = 1) throws(StatisticsError) -> [Estimate] {
    let bricks = set.bricks
    return try bricks.indices.concurrentMap(threads: threads) { (index) throws(StatisticsError) in
      try estimate(brick: bricks[index], in: set)
    }
  }
}
