extension Moments {
  /// The moments of both observations together (Chan, Golub, LeVeque, 1983).
  ///
  /// With δ = m₂ − m₁ and n = n₁ + n₂, mean = m₁ + δ n₂ / n and M2 = M2₁ + M2₂ + δ² n₁ n₂ / n.
  ///
  /// The result has the larger number of time steps. A missing step has count 0. The result is rounded, so its last bits can depend
  /// on the order of merging. `Estimation` over records gives the same bits for any order.
  ///
  /// - Throws: `StatisticsError` with code `.shapeMismatch` if example shapes or time axes do not agree, or `.overflow` if a count
  ///   exceeds 2⁶³ − 1.
  public func merging(_ other: Moments) throws(StatisticsError) -> Moments {
    guard exampleShape == other.exampleShape, hasTimeSteps == other.hasTimeSteps else {
      throw StatisticsError(
        .shapeMismatch,
        "moments of \(exampleShape)\(hasTimeSteps ? " with" : " without") time steps cannot be merged with moments of "
          + "\(other.exampleShape)\(other.hasTimeSteps ? " with" : " without") time steps")
    }
    guard stepCount >= other.stepCount else { return try other.merging(self) }
    let rowLength = exampleShape.elementCount
    var result = self
    for (step, newCount) in other.counts.enumerated() where newCount > 0 {
      let oldCount = counts[step]
      let (count, overflow) = oldCount.addingReportingOverflow(newCount)
      guard !overflow else {
        throw StatisticsError(.overflow, "the observation counts at step \(step) sum to more than 2⁶³ − 1")
      }
      result.counts[step] = count
      let share = Double(newCount) / Double(count)
      for index in step * rowLength..<(step + 1) * rowLength {
        guard oldCount > 0 else {
          (result.means[index], result.squaredDeviations[index]) = (other.means[index], other.squaredDeviations[index])
          continue
        }
        let difference = other.means[index] - means[index]
        result.means[index] = means[index] + difference * share
        result.squaredDeviations[index] =
          squaredDeviations[index] + other.squaredDeviations[index] + difference * difference * Double(oldCount) * share
      }
    }
    return result
  }
}
