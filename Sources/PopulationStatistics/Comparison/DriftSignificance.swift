/// The rule that decides whether a difference between stored statistics and the statistics of data can be explained by chance.
///
/// A check compares many numbers: the mean and the deviation of each channel and each time step. If all stored statistics are
/// right, the probability that a check finds any significant difference is about `familyWiseLevel`. Each of m numbers gets the
/// m-th part of this probability (the correction of Bonferroni; Dunn, *Multiple comparisons among means*, JASA 56, 1961).
///
/// The standard errors are estimated from the differences between K batches, so a difference divided by its standard error has
/// about Student's t distribution with K − 1 degrees of freedom (Law, *Simulation Modeling and Analysis*, on batch means). The
/// rule assumes that batches are independent, and that their statistics are about normally distributed.
public struct DriftSignificance: Hashable, Sendable {
  /// The probability that a check of right statistics finds a significant difference.
  public static let familyWiseLevel = 0.001
  /// The least number of standard errors beyond which a difference is significant.
  public static let leastErrorCount = 5.0

  /// The number of compared numbers.
  public let comparisonCount: Int

  /// The number of standard errors beyond which a difference is significant.
  ///
  /// It is the two-sided quantile of Student's t distribution, and at least `leastErrorCount`. For 500 numbers it is 707 with 3
  /// batches, 41.6 with 5 batches, 9.04 with 12 batches and 5 with 200 batches.
  ///
  /// - Parameter batchCount: The number of batches that the standard error comes from, at least 2.
  public func errorCount(batches batchCount: Int) -> Double {
    let distribution = StudentDistribution(degreesOfFreedom: batchCount - 1)
    let probability = DriftSignificance.familyWiseLevel / Double(max(comparisonCount, 1))
    // Most checks have many batches. Comparing probabilities is faster than computing the quantile.
    guard distribution.tail(beyond: DriftSignificance.leastErrorCount) > probability else {
      return DriftSignificance.leastErrorCount
    }
    return distribution.criticalValue(twoSided: probability)
  }
}
