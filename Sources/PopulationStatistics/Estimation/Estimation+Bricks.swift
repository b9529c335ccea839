import Tensors

extension Estimation {
  /// The population statistics of every brick in a set, in the order of `UpdateSet.bricks`.
  ///
  /// Bricks are independent of each other, so each is estimated by one thread alone: the number of threads changes the
  /// time and nothing else.
  ///
  /// - Parameter threads: how many threads to use at most, at least 1.
  /// - Throws: the `StatisticsError` of the first brick that has one; see `estimate(brick:in:)`.
  public func estimates(in set: UpdateSet, threads: Int = 1) throws(StatisticsError) -> [Estimate] {
    try set.brickRanges.indices.concurrentMap(threads: threads) { (index) throws(StatisticsError) in
      let records = set.records[set.brickRanges[index]]
      return try estimate(brick: records[records.startIndex].identity.brick, from: records)
    }
  }
}
