import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import Names
import Platform
import PopulationStatistics

/// The population statistics of one normalization, with their values.
struct PicturedNormalization {
  let brick: Name
  let state: StatisticState
  /// Whether the file names the parameters that the statistics were estimated with. Files of other frameworks do not name them.
  let namesParameters: Bool
  /// The origin of the statistics in words.
  let verdict: String
  /// The numbers that `bntool stats` shows: dead channels, steps and ranges.
  let series: StatisticSeries
  /// The means: all channels of the first step, then all channels of the next step.
  let mean: [Double]
  /// The standard deviations sqrt(variance + ε); nil if only the mean is subtracted.
  let deviation: [Double]?
  let gamma: [Double]?
  /// Whether the values are pooled from the file's update pairs, because the stored statistics were never estimated.
  let isFromPairs: Bool

  /// The statistics of a normalization.
  ///
  /// - Parameter pooled: The pooled statistics of the file's update pairs. They are shown if the stored statistics were never estimated.
  init(
    _ summary: StatisticsSummary.Normalization, mean: [Double], deviation: [Double]?, gamma: [Double]?,
    pooled: StatisticValues?
  ) {
    brick = summary.brick
    (state, namesParameters) = (summary.state, summary.namesParameters)
    verdict =
      InspectReport.StatisticReport(
        state: summary.state, estimator: summary.estimator, epsilon: summary.series.epsilon,
        observationCounts: summary.series.steps.map(\.count), records: summary.records,
        namesParameters: summary.namesParameters
      ).verdict
    self.gamma = gamma
    guard summary.state == .neverEstimated, let pooled, let pooledMean = pooled.mean, pooledMean.count == mean.count
    else {
      (self.mean, self.deviation, series, isFromPairs) = (mean, deviation, summary.series, false)
      return
    }
    (self.mean, self.deviation, isFromPairs) = (pooledMean, pooled.standardDeviation, true)
    series = StatisticSeries(
      mean: pooledMean, standardDeviation: pooled.standardDeviation, counts: pooled.counts,
      hasTimeSteps: pooled.hasTimeSteps, epsilon: summary.series.epsilon, stationaryTolerance: 0.1)
  }

  /// The moving statistics of a batch normalization in a file of named tensors. The variance does not include ε.
  init(_ normalization: TensorNormalization, in file: TensorFile) throws {
    brick = normalization.name
    let never = try file.isNeverEstimated(normalization)
    state = never ? .neverEstimated : .trainingAverage
    namesParameters = false
    let batches = try file.batchCount(normalization)
    verdict =
      never
      ? "⚠ never estimated"
      : "moving average" + (batches.map { " over \(counted($0, "batch"))" } ?? "")
        + (normalization.epsilon.map { ", ε \(Formatting.exact($0))" } ?? ", without ε, which is unknown")
    let epsilon = normalization.epsilon ?? 0
    mean = try file.tensor(normalization.mean.name).doubles
    let deviation = try file.tensor(normalization.variance.name).doubles.map { ($0 + epsilon).squareRoot() }
    self.deviation = deviation
    (gamma, isFromPairs) = (nil, false)
    series = StatisticSeries(
      mean: mean, standardDeviation: deviation, counts: [never ? 0 : max(batches ?? 1, 1)], hasTimeSteps: false,
      epsilon: epsilon, stationaryTolerance: 0.1)
  }

  var channels: Int { series.channelCount }

  /// Whether the values are more than initial values: they were estimated, or come from update pairs.
  var isKnown: Bool { state != .neverEstimated || isFromPairs }

  /// The steps that pictures show: the observed steps, or all steps if no step was observed.
  var shownSteps: [Int] {
    let observed = series.steps.filter { $0.count > 0 }.map(\.step)
    return observed.isEmpty ? series.steps.map(\.step) : observed
  }

  /// The values of the shown steps, step after step.
  func shown(_ values: [Double]) -> [Double] {
    shownSteps.flatMap { values[$0 * channels..<($0 + 1) * channels] }
  }

  /// The values of one channel at all shown steps, channel after channel.
  func transposed(_ values: [Double]) -> [Double] {
    let steps = shownSteps
    return (0..<channels).flatMap { channel in steps.map { values[$0 * channels + channel] } }
  }

  /// The distribution of each channel: the distribution at its only step, or the means of μ and of log σ over the shown steps.
  var channelDistributions: [Gaussian] {
    let steps = shownSteps
    return (0..<channels).map { channel in
      let means = steps.map { mean[$0 * channels + channel] }
      let logarithms = steps.map { log(deviation?[$0 * channels + channel] ?? 1) }
      let count = Double(max(steps.count, 1))
      return Gaussian(
        mean: means.reduce(0, +) / count, standardDeviation: exp(logarithms.reduce(0, +) / count))
    }
  }

  /// The distribution of each channel at each step; empty if there is no σ.
  var gaussians: [Gaussian] {
    zip(mean, deviation ?? []).map { Gaussian(mean: $0, standardDeviation: $1) }
  }

  /// The number of values that are not finite, and of deviations that are not above 0.
  var invalidCount: Int {
    mean.count { !$0.isFinite } + (deviation?.count { !$0.isFinite || $0 <= 0 } ?? 0)
  }
}
