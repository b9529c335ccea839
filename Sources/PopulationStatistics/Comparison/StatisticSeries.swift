import Platform
import Tensors

/// The population statistics of one normalization in numbers, over time steps (one where there is no time axis) and channels.
public struct StatisticSeries: Hashable, Sendable, Encodable {
  /// The least and the greatest of some numbers that are finite.
  public struct Interval: Hashable, Sendable, Encodable {
    /// The least.
    public let minimum: Double
    /// The greatest.
    public let maximum: Double

    /// Over the finite ones of some numbers; nil where there are none.
    init?(_ values: some Sequence<Double>) {
      var (minimum, maximum) = (Double.infinity, -Double.infinity)
      for value in values where value.isFinite { (minimum, maximum) = (min(minimum, value), max(maximum, value)) }
      guard minimum <= maximum else { return nil }
      (self.minimum, self.maximum) = (minimum, maximum)
    }
  }

  /// One time step.
  public struct Step: Hashable, Sendable, Encodable {
    /// The number of the step.
    public let step: Int
    /// How many observations per element stand behind it. 0: never observed, its values are an initial value or a neighbour's.
    public let count: Int64
    /// The range of μ over channels; nil where none is finite.
    public let mean: Interval?
    /// The range of σ, ε inside; nil where none is finite or there is no σ.
    public let standardDeviation: Interval?
    /// How many channels are dead.
    public let deadChannelCount: Int
    /// How far the step is from the last observed one (see `stationaryStep`); nil where either was not observed.
    public let distanceToLast: Double?

    private enum CodingKeys: String, CodingKey {
      case step, count, mean
      case standardDeviation = "standard_deviation"
      case deadChannelCount = "dead_channel_count"
      case distanceToLast = "distance_to_last"
    }
  }

  /// A channel is dead where σ ≤ 1.01 · sqrt(ε): its values hardly vary, and ε makes up all of what it is divided by.
  public static let deadFactor = 1.01

  /// How many channels a step has.
  public let channelCount: Int
  /// Whether there is a time axis.
  public let hasTimeSteps: Bool
  /// ε, inside σ.
  public let epsilon: Double
  /// The steps in order.
  public let steps: [Step]
  /// The range of μ over channels and observed steps, or all steps where none was observed.
  public let mean: Interval?
  /// The range of σ over channels and observed steps, or all steps where none was observed.
  public let standardDeviation: Interval?
  /// The channels that are dead at every observed step, in ascending order.
  public let deadChannels: [Int]
  /// The first step from which on the series is stationary: it and every observed one after it are at most the tolerance from the
  /// last observed step L. Nil where that is so of the last alone, or where not two were observed.
  ///
  /// The distance is the greater of two root mean squares over channels: that of (μ − μL) / σL and that of log(σ / σL). Without σ
  /// it is that of μ − μL divided by that of μL.
  public let stationaryStep: Int?

  private enum CodingKeys: String, CodingKey {
    case epsilon, steps, mean
    case channelCount = "channel_count"
    case hasTimeSteps = "time_steps"
    case standardDeviation = "standard_deviation"
    case deadChannels = "dead_channels"
    case stationaryStep = "stationary_step"
  }

  /// The series of some statistics.
  ///
  /// - Parameters:
  ///   - mean: μ, row-major with shape ([T] where statistics are per time step) + (channels).
  ///   - standardDeviation: σ, ε inside, of the same shape; nil for a normalization by the mean only.
  ///   - counts: Observations per element: one number, or one for each time step.
  ///   - stationaryTolerance: How far a step of the stationary part may be from the last one.
  /// - Precondition: The sizes fit.
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

  /// The number, where JSON can hold it.
  private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
