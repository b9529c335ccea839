import ComputationGraphs
import Tensors

/// One normalization of a training graph, and where its statistics go.
struct ObservedCall: Sendable {
  /// The statistics of one step, or of all.
  struct Observation {
    let mean: Tensor
    let standardDeviation: Tensor?
    let count: Int
    let step: Int64?
  }

  let brick: String
  let application: String
  let stepCount: Int?
  private let mean: UpdatePair
  private let standardDeviation: UpdatePair?

  var epsilon: Double { mean.epsilon }

  /// The normalizations behind some update pairs, of which a standard deviation follows its mean.
  static func calls(of pairs: [UpdatePair], stepCounts: [String: Int?]) -> [ObservedCall] {
    pairs.indices.filter { pairs[$0].statistic == .mean }.map { index in
      let pair = pairs[index]
      let next = index + 1 < pairs.count && pairs[index + 1].statistic == .standardDeviation ? pairs[index + 1] : nil
      // All steps of one brick are one record, whichever call they come from.
      let method = pair.application.prefix { $0 != "#" }
      return ObservedCall(
        brick: pair.brick, application: pair.step == nil ? pair.application : String(method),
        stepCount: stepCounts[pair.brick] ?? nil, mean: pair, standardDeviation: next)
    }
  }

  private init(
    brick: String, application: String, stepCount: Int?, mean: UpdatePair, standardDeviation: UpdatePair?
  ) {
    self.brick = brick
    self.application = application
    self.stepCount = stepCount
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// What has to be evaluated: the statistics, what tells their count, the time step.
  var variables: [Int] {
    let observed: Int =
      switch mean.observations {
      case .extents(let input, _): input
      case .variable(let count): count
      }
    return [mean.minibatch, observed] + [standardDeviation?.minibatch, mean.step].compactMap { $0 }
  }

  /// The statistics among some values: one, or one per step of the loops around. Statistics that are not per step but come from
  /// several are pooled.
  func observations(in values: [Int: Tensor]) throws -> [Observation] {
    guard let means = values[mean.minibatch] else { return [] }
    let deviations = standardDeviation.flatMap { values[$0.minibatch] }
    let entries = means.shape.dimensions.prefix(mean.loopDepth).reduce(1, *)
    let example = Array(means.shape.dimensions.dropFirst(mean.loopDepth))
    func row(_ tensor: Tensor, _ index: Int) throws -> Tensor {
      try tensor.reshaped(to: Shape([entries] + example)).taking(index)
    }
    let observations = try (0..<entries).map { index in
      Observation(
        mean: try row(means, index), standardDeviation: try deviations.map { try row($0, index) },
        count: count(at: index, values), step: mean.step.flatMap { values[$0] }.flatMap { integer($0, at: index) })
    }
    return stepCount == nil && observations.count > 1 ? [try pooled(observations)] : observations
  }

  private func count(at index: Int, _ values: [Int: Tensor]) -> Int {
    switch mean.observations {
    case .extents(let input, let axes):
      guard let shape = values[input]?.shape else { return 0 }
      return axes.reduce(1) { $0 * shape[$1] }
    case .variable(let count):
      return values[count].flatMap { integer($0, at: index) }.map(Int.init) ?? 0
    }
  }

  private func integer(_ tensor: Tensor, at index: Int) -> Int64? {
    guard case .int64(let elements) = tensor.storage, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The statistics of all observations together.
  private func pooled(_ observations: [Observation]) throws -> Observation {
    let shape = observations[0].mean.shape
    var moments: Moments?
    for observation in observations where observation.count > 0 {
      let mean = try observation.mean.converted(to: .float64)
      let variances = observation.standardDeviation?.doubles.map { max($0 * $0 - epsilon, 0) }
      let variance = try Tensor(variances ?? [Double](repeating: 0, count: shape.elementCount), shape: shape)
      let next = try Moments(mean: mean, biasedVariance: variance, count: Int64(observation.count))
      moments = try moments?.merging(next) ?? next
    }
    guard let moments else { return observations[0] }
    func tensor(_ values: [Double]) throws -> Tensor {
      try Tensor(values, shape: shape).converted(to: observations[0].mean.type)
    }
    return Observation(
      mean: try tensor(moments.means),
      standardDeviation: observations[0].standardDeviation == nil
        ? nil : try tensor(moments.standardDeviations(epsilon: epsilon)),
      count: Int(moments.counts[0]), step: nil)
  }
}
