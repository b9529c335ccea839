import ComputationGraphs
import Tensors

/// A call of a normalization in a training graph, with the brick and the application of its records.
struct ObservedCall: Sendable {
  /// The statistics of one step, or of all steps.
  struct Observation {
    let mean: Tensor
    let standardDeviation: Tensor?
    let count: Int64
    let step: Int64?
  }

  let brick: NormalizationStatistics
  let application: Name
  /// The pairs to observe: the mean, then the standard deviation if there is one.
  let pairs: [UpdatePair]

  /// The normalizations of a model's update pairs. Each standard deviation follows its mean.
  static func calls(of pairs: [UpdatePair], in model: Model) -> [ObservedCall] {
    let bricks = Dictionary(model.normalizationStatistics.map { ($0.path, $0) }) { first, _ in first }
    return pairs.indices.filter { pairs[$0].statistic == .mean }.compactMap { index in
      let pair = pairs[index]
      guard let brick = bricks[pair.brick] else { return nil }
      let next = index + 1 < pairs.count && pairs[index + 1].statistic == .standardDeviation ? pairs[index + 1] : nil
      // All steps of one brick form one record, even if they come from different calls.
      return ObservedCall(
        brick: brick, application: pair.step == nil ? pair.application : pair.method,
        pairs: [pair] + [next].compactMap { $0 })
    }
  }

  /// The statistics of a batch that come from at least two observations: one set, or one set for each step of the surrounding
  /// loops. If all steps share one set of statistics, the sets are pooled.
  ///
  /// - Parameter observed: The observed statistics of `pairs`.
  /// - Returns: The sets of statistics, and the number of sets that were left out.
  func observations(
    in observed: ArraySlice<ObservedStatistic>
  ) throws -> (usable: [Observation], ignoredCount: Int) {
    guard let means = observed.first else { return ([], 0) }
    let deviations = observed.dropFirst().first?.values
    let entries = means.counts.count
    let depth = pairs[0].loopDepth
    func row(_ tensor: Tensor, _ index: Int) throws -> Tensor {
      guard depth > 0 else { return tensor }
      let example = tensor.shape.dimensions.dropFirst(depth)
      return try tensor.reshaped(to: Shape([entries] + example)).taking(index)
    }
    let observations = try (0..<entries).map { index in
      Observation(
        mean: try row(means.values, index), standardDeviation: try deviations.map { try row($0, index) },
        count: means.counts[index], step: means.steps?[index])
    }
    let usable = observations.filter { $0.count >= 2 }
    let isPooled = brick.stepCount == nil && usable.count > 1
    return (isPooled ? [try pooled(usable)] : usable, observations.count - usable.count)
  }

  /// The statistics of all observations together.
  private func pooled(_ observations: [Observation]) throws -> Observation {
    let shape = observations[0].mean.shape
    var moments: Moments?
    for observation in observations {
      let variances = observation.standardDeviation?.doubles.map {
        varianceWithoutEpsilon(of: $0, epsilon: pairs[0].epsilon)
      }
      let variance = try Tensor(variances ?? [Double](repeating: 0, count: shape.elementCount), shape: shape)
      let next = try Moments(mean: observation.mean, biasedVariance: variance, count: observation.count)
      moments = try moments?.merging(next) ?? next
    }
    guard let moments else { return observations[0] }
    return Observation(
      mean: try Tensor(moments.means, shape: shape),
      standardDeviation: observations[0].standardDeviation == nil
        ? nil : try Tensor(moments.standardDeviations(epsilon: pairs[0].epsilon), shape: shape),
      count: moments.counts[0], step: nil)
  }
}
