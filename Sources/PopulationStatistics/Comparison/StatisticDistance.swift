/// The distance from population statistics A of a normalization to population statistics B, over channels and time steps.
///
/// A channel is one element of the statistics of one step. If one of the two distributions of a channel is invalid (see
/// `Gaussian.isValid`), the channel is left out and counted in `invalidCount`. A value beyond the greatest double counts as the
/// greatest double.
public struct StatisticDistance: Hashable, Sendable, Encodable {
  /// One measure over all channels and time steps.
  public struct Measure: Hashable, Sendable, Encodable {
    /// The mean of the absolute values.
    public internal(set) var mean = 0.0
    /// The value with the greatest absolute value, with its sign.
    public internal(set) var worst = 0.0
    /// The channel of the value with the greatest absolute value.
    public internal(set) var channel = 0
    /// The time step of the value with the greatest absolute value; nil if all steps share one set of statistics.
    public internal(set) var step: Int?
  }

  /// The mean shift |μA − μB| / σB.
  public private(set) var meanShift = Measure()
  /// The ratio log(σB / σA).
  public private(set) var logarithmicRatio = Measure()
  /// The Kullback-Leibler divergence KL(A‖B) in nats.
  public private(set) var divergence = Measure()
  /// The time step with the greatest mean divergence of its channels that could be compared.
  ///
  /// It is nil if all steps share one set of statistics, or if no divergence is above 0.
  public private(set) var worstStep: Int?
  /// The number of channels over all steps that could not be compared.
  public private(set) var invalidCount = 0

  private let channelCount: Int
  private let hasTimeSteps: Bool
  private var position = 0
  private var comparedCount = 0
  private var stepMean = 0.0
  private var stepComparedCount = 0
  private var worstStepMean = 0.0

  private enum CodingKeys: String, CodingKey {
    case divergence
    case meanShift = "mean_shift"
    case logarithmicRatio = "log_deviation_ratio"
    case worstStep = "worst_step"
    case invalidCount = "invalid_count"
  }

  /// Creates a distance without channels. Add each channel with `add(_:_:)`.
  public init(channelCount: Int, hasTimeSteps: Bool) {
    self.channelCount = channelCount
    self.hasTimeSteps = hasTimeSteps
  }

  /// Adds the next channel. The channels of the first step come first.
  ///
  /// - Complexity: O(1).
  public mutating func add(_ left: Gaussian, _ right: Gaussian) {
    let (step, channel) = position.quotientAndRemainder(dividingBy: channelCount)
    defer {
      position += 1
      if hasTimeSteps, channel == channelCount - 1 { finishStep(step) }
    }
    guard left.isValid, right.isValid else {
      invalidCount += 1
      return
    }
    comparedCount += 1
    let place = (channel: channel, step: hasTimeSteps ? step : nil)
    func take(_ value: Double, into measure: inout Measure) {
      let size = min(abs(value), .greatestFiniteMagnitude)
      measure.mean += (size - measure.mean) / Double(comparedCount)
      guard comparedCount == 1 || size > abs(measure.worst) else { return }
      measure.worst = value < 0 ? -size : size
      (measure.channel, measure.step) = place
    }
    let divergence = min(left.divergence(from: right), .greatestFiniteMagnitude)
    take(left.meanShift(to: right), into: &meanShift)
    take(left.logarithmicRatio(to: right), into: &logarithmicRatio)
    take(divergence, into: &self.divergence)
    stepComparedCount += 1
    stepMean += (divergence - stepMean) / Double(stepComparedCount)
  }

  private mutating func finishStep(_ step: Int) {
    if stepMean > worstStepMean { (worstStep, worstStepMean) = (step, stepMean) }
    (stepMean, stepComparedCount) = (0, 0)
  }
}
