import Tensors

/// The mean and standard deviation of each element, and the numbers of observations.
///
/// Arrays are row-major with the shape `exampleShape`, with the time steps in front if there are any. If the count of a step is
/// 0, its values have no meaning and are stored as 0.
public struct StatisticValues: Hashable, Sendable {
  /// The shape of one example's statistics, with extent 1 on the axes along which one value is used for all elements.
  public let exampleShape: Shape
  /// Whether there is a leading time axis.
  public let hasTimeSteps: Bool
  /// The mean of each element; nil if only the standard deviation was stored.
  public let mean: [Double]?
  /// The standard deviation sqrt(biased variance + ε) of each element; nil if only the mean is subtracted.
  public let standardDeviation: [Double]?
  /// The number of observations per element (batch × averaged axes): one number, or one for each time step.
  public let counts: [Int64]

  /// Checks and stores the numbers of a statistic.
  ///
  /// - Complexity: O(elements).
  /// - Throws: `StatisticsError` with code `.invalidValues` if neither statistic is given, sizes do not fit, a count is negative,
  ///   or if, at an observed step, a mean is not finite or a standard deviation is not finite or negative.
  public init(
    exampleShape: Shape, hasTimeSteps: Bool, mean: [Double]?, standardDeviation: [Double]?, counts: [Int64]
  ) throws(StatisticsError) {
    guard mean != nil || standardDeviation != nil else {
      throw StatisticsError(.invalidValues, "neither a mean nor a standard deviation is given")
    }
    guard hasTimeSteps ? !counts.isEmpty : counts.count == 1 else {
      let expected =
        hasTimeSteps ? "there must be one for each time step" : "without a time axis there must be exactly one"
      throw StatisticsError(.invalidValues, "\(counts.count) observation counts are given, but \(expected)")
    }
    if let step = counts.firstIndex(where: { $0 < 0 }) {
      throw StatisticsError(.invalidValues, "observation count \(counts[step]) (index \(step)) is negative")
    }
    self.exampleShape = exampleShape
    self.hasTimeSteps = hasTimeSteps
    self.counts = counts
    self.mean = try Self.checked(mean, "mean", exampleShape, counts) { Self.isPossible($0, isDeviation: false) }
    self.standardDeviation = try Self.checked(standardDeviation, "standard deviation", exampleShape, counts) {
      Self.isPossible($0, isDeviation: true)
    }
  }

  /// Whether a minibatch can have a statistic with this value. Recording, reading and verifying all use this rule.
  package static func isPossible(_ value: Double, isDeviation: Bool) -> Bool {
    value.isFinite && !(isDeviation && value < 0)
  }

  /// The numbers of a record in a set. They were already checked.
  init(
    checked exampleShape: Shape, hasTimeSteps: Bool, mean: [Double]?, standardDeviation: [Double]?, counts: [Int64]
  ) {
    self.exampleShape = exampleShape
    self.hasTimeSteps = hasTimeSteps
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.counts = counts
  }

  /// The number of time steps; 1 without a time axis.
  public var stepCount: Int { counts.count }

  /// The shape of `mean` and `standardDeviation`.
  public var shape: Shape { Shape((hasTimeSteps ? [stepCount] : []) + exampleShape.dimensions) }

  /// The statistics that exist, in words.
  var keptStatistics: String {
    keptStatisticsText(hasMean: mean != nil, hasStandardDeviation: standardDeviation != nil)
  }

  /// Whether no step was ever observed.
  public var isNeverObserved: Bool { counts.allSatisfy { $0 == 0 } }

  private static func checked(
    _ values: [Double]?, _ name: String, _ exampleShape: Shape, _ counts: [Int64], _ isValid: (Double) -> Bool
  ) throws(StatisticsError) -> [Double]? {
    guard var values else { return nil }
    let (size, overflow) = counts.count.multipliedReportingOverflow(by: exampleShape.elementCount)
    guard !overflow, values.count == size else {
      let expected = "\(counts.count) × \(exampleShape)"
      throw StatisticsError(.invalidValues, "the \(name) has \(values.count) elements, not \(expected)")
    }
    let rowLength = exampleShape.elementCount
    for step in counts.indices {
      for index in step * rowLength..<(step + 1) * rowLength {
        guard counts[step] > 0 else {
          values[index] = 0
          continue
        }
        guard isValid(values[index]) else {
          throw StatisticsError(
            .invalidValues,
            "the \(name) is \(values[index]) at element \(index - step * rowLength)"
              + (counts.count > 1 ? " of step \(step)" : "") + " although it has \(counts[step]) observations")
        }
        // -0 becomes 0, because equal sets must be saved as equal bytes.
        values[index] += 0
      }
    }
    return values
  }
}
