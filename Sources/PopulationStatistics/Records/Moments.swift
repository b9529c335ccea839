import Tensors

/// The count, mean and sum of squared deviations M2 = Σ (x − mean)² of each element, in double precision. These numbers are
/// enough to add observations and to merge moments.
///
/// Arrays are row-major with the shape `exampleShape`, with the time steps in front if there are any. If a count is 0, the values
/// are 0.
public struct Moments: Hashable, Sendable {
  /// The shape of one example's statistics, with extent 1 on the axes along which all elements have the same value.
  public let exampleShape: Shape
  /// Whether there is a leading time axis.
  public let hasTimeSteps: Bool
  /// The number of observations per element: one number, or one for each time step.
  public internal(set) var counts: [Int64]
  /// The mean of each element.
  public internal(set) var means: [Double]
  /// The sum of squared deviations M2 of each element.
  public internal(set) var squaredDeviations: [Double]

  init(
    exampleShape: Shape, hasTimeSteps: Bool, counts: [Int64], means: [Double], squaredDeviations: [Double]
  ) {
    self.exampleShape = exampleShape
    self.hasTimeSteps = hasTimeSteps
    self.counts = counts
    self.means = means
    self.squaredDeviations = squaredDeviations
  }

  /// Creates moments without observations.
  public init(exampleShape: Shape, hasTimeSteps: Bool = false) {
    let size = hasTimeSteps ? 0 : exampleShape.elementCount
    self.init(
      exampleShape: exampleShape, hasTimeSteps: hasTimeSteps, counts: hasTimeSteps ? [] : [0],
      means: [Double](repeating: 0, count: size), squaredDeviations: [Double](repeating: 0, count: size))
  }

  /// Creates the moments of one minibatch from its mean and biased variance, without a time axis.
  ///
  /// - Throws: `StatisticsError` with code `.shapeMismatch` if the shapes differ, or `.invalidValues` for a negative count or, if
  ///   the count is not 0, a mean that is not finite or a variance that is negative or not finite.
  public init(mean: Tensor, biasedVariance: Tensor, count: Int64) throws(StatisticsError) {
    try self.init(
      mean: mean, biasedVariance: biasedVariance, counts: [count], exampleShape: mean.shape, hasTimeSteps: false)
  }

  /// Creates the moments of one minibatch per time step, from means and biased variances of shape [T] + example shape.
  ///
  /// - Throws: The errors of `init(mean:biasedVariance:count:)`, for each step with its count.
  public init(mean: Tensor, biasedVariance: Tensor, stepCounts: [Int64]) throws(StatisticsError) {
    guard mean.shape.rank >= 1, mean.shape[0] == stepCounts.count else {
      throw StatisticsError(
        .shapeMismatch, "a mean of shape \(mean.shape) does not have \(stepCounts.count) time steps in front")
    }
    try self.init(
      mean: mean, biasedVariance: biasedVariance, counts: stepCounts,
      exampleShape: Shape(Array(mean.shape.dimensions.dropFirst())), hasTimeSteps: true)
  }

  private init(
    mean: Tensor, biasedVariance: Tensor, counts: [Int64], exampleShape: Shape, hasTimeSteps: Bool
  ) throws(StatisticsError) {
    guard mean.shape == biasedVariance.shape else {
      throw StatisticsError(
        .shapeMismatch, "the mean has the shape \(mean.shape), but the variance has the shape \(biasedVariance.shape)")
    }
    var (means, deviations) = (mean.doubles, biasedVariance.doubles)
    let rowLength = exampleShape.elementCount
    for (step, count) in counts.enumerated() {
      guard count >= 0 else { throw StatisticsError(.invalidValues, "observation count \(count) is negative") }
      for index in step * rowLength..<(step + 1) * rowLength {
        guard count > 0 else {
          (means[index], deviations[index]) = (0, 0)
          continue
        }
        guard means[index].isFinite, deviations[index].isFinite, deviations[index] >= 0 else {
          throw StatisticsError(
            .invalidValues,
            "mean \(means[index]) and variance \(deviations[index]) at index \(index) are not the moments of any data")
        }
        deviations[index] *= Double(count)
      }
    }
    self.init(
      exampleShape: exampleShape, hasTimeSteps: hasTimeSteps, counts: counts, means: means,
      squaredDeviations: deviations)
  }

  /// Stacks the moments of consecutive time steps along a new time axis.
  ///
  /// - Throws: `StatisticsError` with code `.shapeMismatch` if there are no steps, shapes differ, or a step has time steps
  ///   already.
  public init(stacking steps: [Moments]) throws(StatisticsError) {
    guard let first = steps.first,
      steps.allSatisfy({ $0.exampleShape == first.exampleShape && !$0.hasTimeSteps })
    else {
      throw StatisticsError(
        .shapeMismatch,
        "stacking along time needs at least one step, and all steps must have the same shape and no time axis")
    }
    self.init(
      exampleShape: first.exampleShape, hasTimeSteps: true, counts: steps.flatMap(\.counts),
      means: steps.flatMap(\.means), squaredDeviations: steps.flatMap(\.squaredDeviations))
  }

  /// The number of time steps; 1 without a time axis.
  public var stepCount: Int { counts.count }

  /// The biased variance M2 / count of each element; 0 if nothing was observed.
  public var biasedVariances: [Double] {
    let rowLength = exampleShape.elementCount
    return squaredDeviations.indices.map { index in
      let count = counts[index / rowLength]
      return count > 0 ? squaredDeviations[index] / Double(count) : 0
    }
  }

  /// The standard deviation sqrt(M2 / count + ε) of each element, as it is stored; 0 if nothing was observed.
  public func standardDeviations(epsilon: Double) -> [Double] {
    let rowLength = exampleShape.elementCount
    return biasedVariances.enumerated().map { index, variance in
      counts[index / rowLength] > 0 ? (variance + epsilon).squareRoot() : 0
    }
  }
}
