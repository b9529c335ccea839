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

  let brick: NormalizationStatistics
  let application: Name
  private let mean: UpdatePair
  private let standardDeviation: UpdatePair?

  /// The normalizations behind some update pairs of a model, of which a standard deviation follows its mean.
  static func calls(of pairs: [UpdatePair], in model: Model) -> [ObservedCall] {
    let bricks = Dictionary(model.normalizationStatistics.map { ($0.path, $0) }) { first, _ in first }
    return pairs.indices.filter { pairs[$0].statistic == .mean }.compactMap { index in
      let pair = pairs[index]
      guard let brick = bricks[pair.brick] else { return nil }
      let next = index + 1 < pairs.count && pairs[index + 1].statistic == .standardDeviation ? pairs[index + 1] : nil
      // All steps of one brick are one record, whichever call they come from.
      return ObservedCall(
        brick: brick, application: pair.step == nil ? pair.application : pair.method, mean: pair,
        standardDeviation: next)
    }
  }

  private init(
    brick: NormalizationStatistics, application: Name, mean: UpdatePair, standardDeviation: UpdatePair?
  ) {
    self.brick = brick
    self.application = application
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// What has to be evaluated: the statistics, what tells their count, the time step.
  var variables: [Int] {
    let observed: [Int?] =
      switch mean.observations {
      case .elements(let input, _, let mask): [input, mask]
      case .variable(let count): [count]
      }
    return ([mean.minibatch, standardDeviation?.minibatch, mean.step] + observed).compactMap { $0 }
  }

  /// The statistics among some values: one, or one per step of the loops around, of those that come from at least two samples, and
  /// how many do not. Statistics that are not per step but come from several are pooled.
  func observations(in values: [Int: Tensor]) throws -> (usable: [Observation], ignoredCount: Int) {
    guard let means = values[mean.minibatch] else { return ([], 0) }
    let deviations = standardDeviation.flatMap { values[$0.minibatch] }
    let entries = means.shape.dimensions.prefix(mean.loopDepth).reduce(1, *)
    let example = Array(means.shape.dimensions.dropFirst(mean.loopDepth))
    func row(_ tensor: Tensor, _ index: Int) throws -> Tensor {
      try tensor.reshaped(to: Shape([entries] + example)).taking(index)
    }
    let observations = try (0..<entries).map { index in
      Observation(
        mean: try row(means, index), standardDeviation: try deviations.map { try row($0, index) },
        count: try count(at: index, values), step: mean.step.flatMap { values[$0] }.flatMap { integer($0, at: index) })
    }
    let usable = observations.filter { $0.count >= 2 }
    let isPooled = brick.stepCount == nil && usable.count > 1
    return (isPooled ? [try pooled(usable)] : usable, observations.count - usable.count)
  }

  private func count(at index: Int, _ values: [Int: Tensor]) throws -> Int {
    switch mean.observations {
    case .elements(let input, let axes, let mask):
      return try values[input]?.elementCount(over: axes, where: mask.flatMap { values[$0] }) ?? 0
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
    for observation in observations {
      let mean = try observation.mean.converted(to: .float64)
      let variances = observation.standardDeviation?.doubles.map { max($0 * $0 - self.mean.epsilon, 0) }
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
        ? nil : try tensor(moments.standardDeviations(epsilon: self.mean.epsilon)),
      count: Int(moments.counts[0]), step: nil)
  }
}
