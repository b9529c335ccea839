import Platform
import Tensors

/// A numeric summary of one normalization's population statistics, over channels and time steps.
///
/// Statistics without a time axis have a single step.
public struct StatisticSeries: Hashable, Sendable, Encodable {
  /// A range of finite numbers.
  public struct Interval: Hashable, Sendable, Encodable {
    /// The least number.
    public let minimum: Double
    /// The greatest number.
    public let maximum: Double

    /// The range of the finite numbers among the values; nil if no value is finite.
    init?(_ values: some Sequence<Double>) {
      var (minimum, maximum) = (Double.infinity, -Double.infinity)
      for value in values where value.isFinite { (minimum, maximum) = (min(minimum, value), max(maximum, value)) }
      guard minimum <= maximum else { return nil }
      (self.minimum, self.maximum) = (minimum, maximum)
    }
  }

  /// The summary of one time step.
  public struct Step: Hashable, Sendable, Encodable {
    /// The number of the step.
    public let step: Int
    /// The number of observations per element. 0 means that the step was never observed; its values are initial values or copies
    /// from another step.
    public let count: Int64
    /// The range of μ over channels; nil if no value is finite.
    public let mean: Interval?
    /// The range of σ = sqrt(variance + ε) over channels; nil if no value is finite or the normalization has no σ.
    public let standardDeviation: Interval?
    /// The number of dead channels.
    public let deadChannelCount: Int
    /// The distance from the last observed step (see `stationaryStep`); nil if this step or all steps were not observed.
    public let distanceToLast: Double?

    private enum CodingKeys: String, CodingKey {
      case step, count, mean
      case standardDeviation = "standard_deviation"
      case deadChannelCount = "dead_channel_count"
      case distanceToLast = "distance_to_last"
    }
  }

  /// The factor for dead channels. A channel is dead if σ ≤ 1.01 · sqrt(ε). Its values hardly vary, so σ consists almost only of ε.
  public static let deadFactor = 1.01

  /// The number of channels per step.
  public let channelCount: Int
  /// Whether there is a time axis.
  public let hasTimeSteps: Bool
  /// The ε that σ includes.
  public let epsilon: Double
  /// The steps in order.
  public let steps: [Step]
  /// The range of μ over channels and observed steps; over all steps if no step was observed.
  public let mean: Interval?
  /// The range of σ over channels and observed steps; over all steps if no step was observed.
  public let standardDeviation: Interval?
  /// The channels that are dead at every observed step, in ascending order.
  public let deadChannels: [Int]
  /// The first step of the stationary part.
  ///
  /// This step and each later observed step have at most the tolerated distance from the last observed step L. The value is nil
  /// if the stationary part would be only the last step, or if fewer than two steps were observed.
  ///
  /// The distance is the greater one of two root mean squares over channels: of (μ − μL) / σL and of log(σ / σL). Without σ,
  /// the distance is the root mean square of μ − μL, divided by the root mean square of μL.
  public let stationaryStep: Int?

  private enum CodingKeys: String, CodingKey {
    case epsilon, steps, mean
    case channelCount = "channel_count"
    case hasTimeSteps = "time_steps"
    case standardDeviation = "standard_deviation"
    case deadChannels = "dead_channels"
    case stationaryStep = "stationary_step"
  }

  /// Creates the series of the given statistics.
  ///
  /// - Parameters:
  ///   - mean: μ, row-major with the shape (channels), or (time steps, channels) if there are statistics for each time step.
  ///   - standardDeviation: σ = sqrt(variance + ε) in the same shape; nil if only the mean is subtracted.
  ///   - counts: The numbers of observations per element: one number, or one for each time step.
  ///   - stationaryTolerance: The greatest distance from the last observed step that a step of the stationary part may have.
  /// - Precondition: The sizes of the arrays agree.
  /// - Complexity: O(elements).
  public init(
    mean: [Double], standardDeviation: [Double]?, counts: [Int64], hasTimeSteps: Bool, epsilon: Double,
    stationaryTolerance: Double
  ) {
    let channelCount = counts.isEmpty ? 0 : mean.count / counts.count
    precondition(mean.count == channelCount * counts.count && standardDeviation?.count ?? mean.count == mean.count)
    func row(_ values: [Double], _ step: Int) -> ArraySlice<Double> {
      values[step * channelCount..<(step + 1) * channelCount]
    }
    let last = counts.lastIndex { $0 > 0 }
    let bound = Self.deadFactor * epsilon.squareRoot()
    var deadSteps = [Int](repeating: 0, count: channelCount)
    let steps = counts.indices.map { step in
      let deviations = standardDeviation.map { row($0, step) }
      let isDead = counts[step] > 0 ? deviations?.map { $0 > 0 && $0 <= bound } ?? [] : []
      for (channel, isDead) in isDead.enumerated() where isDead { deadSteps[channel] += 1 }
      let distance = last.flatMap { last in
        counts[step] > 0
          ? Self.distance(
            row(mean, step), deviations, from: row(mean, last), standardDeviation.map { row($0, last) }) : nil
      }
      return Step(
        step: step, count: counts[step], mean: Interval(row(mean, step)),
        standardDeviation: deviations.flatMap(Interval.init), deadChannelCount: isDead.count { $0 },
        distanceToLast: distance)
    }
    let shown = last == nil ? steps : steps.filter { $0.count > 0 }
    let observedCount = counts.count { $0 > 0 }
    self.channelCount = channelCount
    self.hasTimeSteps = hasTimeSteps
    self.epsilon = epsilon
    self.steps = steps
    self.mean = Interval(shown.compactMap(\.mean).flatMap { [$0.minimum, $0.maximum] })
    self.standardDeviation = Interval(shown.compactMap(\.standardDeviation).flatMap { [$0.minimum, $0.maximum] })
    deadChannels = observedCount == 0 ? [] : deadSteps.indices.filter { deadSteps[$0] == observedCount }
    let observed = steps.filter { $0.count > 0 }
    let unsettled = observed.lastIndex { $0.distanceToLast.map { $0 > stationaryTolerance } ?? true }
    let first = unsettled.map { $0 + 1 } ?? 0
    stationaryStep = first < observed.count - 1 ? observed[first].step : nil
  }

  /// The steps that were never observed.
  public var unobservedSteps: [Int] { steps.filter { $0.count == 0 }.map(\.step) }

  private static func distance(
    _ mean: ArraySlice<Double>, _ deviation: ArraySlice<Double>?, from lastMean: ArraySlice<Double>,
    _ lastDeviation: ArraySlice<Double>?
  ) -> Double? {
    guard !mean.isEmpty else { return nil }
    func rootMeanSquare(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    guard let deviation, let lastDeviation else {
      let change = rootMeanSquare(zip(mean, lastMean).map { $0 - $1 })
      return finite(change == 0 ? 0 : change / rootMeanSquare(Array(lastMean)))
    }
    let shifts = zip(zip(mean, lastMean), lastDeviation).map { ($0.0 - $0.1) / $1 }
    let ratios = zip(deviation, lastDeviation).map { log($0 / $1) }
    let distances = [rootMeanSquare(shifts), rootMeanSquare(ratios)]
    return distances.allSatisfy(\.isFinite) ? distances.max() : nil
  }

  /// The number, or nil if JSON cannot hold it.
  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
