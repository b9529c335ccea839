import Names
import Tensors

/// The estimated population statistics of one brick, with their origin.
public struct Estimate: Hashable, Sendable {
  /// The path of the brick.
  public let brick: Name
  /// The estimator.
  public let estimator: Estimator
  /// The ε that the standard deviation includes.
  public let epsilon: Double
  /// The shape of one example's statistics, with extent 1 on the axes along which one value is used for all elements.
  public let exampleShape: Shape
  /// Whether there is a leading time axis.
  public let hasTimeSteps: Bool
  /// The type to which the values were rounded.
  public let scalarType: ScalarType
  /// The mean of each element, row-major; nil if the records have no means.
  public let mean: [Double]?
  /// The deviation sqrt(variance + ε) of each element, row-major; nil if the records have no deviations.
  public let standardDeviation: [Double]?
  /// The number of observations per element in the used records: one number, or one for each time step.
  public let counts: [Int64]
  /// The number of used records. A record is used if it has an observation at any step and, if there are weights, a weight above
  /// 0.
  public let recordCount: Int
  /// The time steps that no record observed. They have the values of the last observed step before them, or of the first observed
  /// step if no earlier step was observed. Their count is 0.
  public let filledSteps: [Int]
  /// The different digests of the parameters of the used records. An unknown digest (nil) comes first. A single digest that is not
  /// nil means that all records belong to the same parameters.
  public let parametersDigests: [Digest?]

  /// The number of time steps; 1 without a time axis.
  public var stepCount: Int { counts.count }

  /// The shape of `mean` and `standardDeviation`.
  public var shape: Shape { Shape((hasTimeSteps ? [stepCount] : []) + exampleShape.dimensions) }
}

extension Estimate {
  /// The first deviation that is 0, so that a normalization cannot divide by it; nil if there is none.
  ///
  /// A deviation is 0 if the numbers of its channel do not vary, and ε is 0. The step is nil without a time axis.
  public var zeroDeviation: (channel: Int, step: Int?)? {
    guard let index = standardDeviation?.firstIndex(of: 0) else { return nil }
    let (step, channel) = index.quotientAndRemainder(dividingBy: exampleShape.elementCount)
    return (channel, hasTimeSteps ? step : nil)
  }

  /// - Throws: `StatisticsError` with code `.zeroDeviation` if a deviation is 0.
  func checkDeviations() throws(StatisticsError) {
    guard let (channel, step) = zeroDeviation else { return }
    let place = "channel \(channel)" + (step.map { " at step \($0)" } ?? "")
    // Other methods than `pooled` leave out the variance between batches.
    let numbers = estimator == .pooled ? "its numbers are all equal" : "its numbers are all equal in each batch"
    throw StatisticsError(
      .zeroDeviation,
      "\(brick): the standard deviation of \(place) would be 0, because \(numbers) and ε is \(epsilon == 0 ? "0" : "\(epsilon)"); "
        + "set a greater ε, and estimate again")
  }
}

extension UpdateSet {
  /// The normalizations whose deviation would be 0 if the records of this set were pooled, each with the first channel and step.
  ///
  /// - Complexity: O(values of normalizations with ε = 0).
  /// - Throws: The errors of `Estimation`.
  public func zeroDeviations() throws(StatisticsError) -> [(brick: Name, channel: Int, step: Int?)] {
    var found: [(brick: Name, channel: Int, step: Int?)] = []
    for brick in bricks {
      guard forms.contains(where: { $0.brick == brick && $0.epsilon == 0 && $0.hasMean && $0.hasStandardDeviation }),
        let (channel, step) = try Estimation().estimate(brick: brick, in: self).zeroDeviation
      else { continue }
      found.append((brick, channel, step))
    }
    return found
  }
}
