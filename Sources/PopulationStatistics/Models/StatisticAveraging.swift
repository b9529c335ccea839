import ComputationGraphs
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Puts averages of update records in the place of a model's population statistics.
public struct StatisticAveraging: Sendable {
  /// What the records have to do with the model's parameters.
  public enum Regime: Hashable, Sendable {
    /// All were computed with the very parameters of the model: pooling is exact.
    case sameParameters
    /// They were computed with other, unknown, or several sets of parameters: their average is a prior, and no more.
    case differentParameters(sets: Int)
  }

  /// What happened to one normalization.
  public struct Change: Hashable, Sendable {
    /// The brick's path.
    public let brick: String
    /// Whether it was estimated before, and from how many observations (the largest count over time steps).
    public let countBefore: Int64
    /// From how many observations it is estimated now; 0 where the records say nothing of it, and it stays as it was.
    public let countAfter: Int64
    /// How many records stand behind it.
    public let recordCount: Int
    /// The mean over elements of |μ after − μ before| / σ after; in absolute units for a normalization by the mean only.
    public let meanShift: Double
    /// The geometric mean over elements of σ after / σ before.
    public let deviationRatio: Double?
    /// Time steps that no record observed and that took a neighbour's values.
    public let filledSteps: [Int]
    /// Time steps of the records past the last of the model's.
    public let ignoredSteps: Int
  }

  /// How to estimate.
  public var estimator: Estimator
  /// What each record counts for, where the estimator takes weights.
  public var weights: [UpdateRecord.Identity: Double]?
  /// Whether records of different parameters may be averaged. The result is stale then.
  public var allowsPrior: Bool
  /// The number of threads; it changes the time, and no bit of the result.
  public var threads: Int

  /// An averaging with options.
  public init(
    _ estimator: Estimator = .pooled, weights: [UpdateRecord.Identity: Double]? = nil, allowsPrior: Bool = false,
    threads: Int = 1
  ) {
    self.estimator = estimator
    self.weights = weights
    self.allowsPrior = allowsPrior
    self.threads = threads
  }

  /// What records have to do with the parameters of a model.
  public static func regime(of updates: UpdateSet, in model: Model) -> Regime {
    let digests = updates.parametersDigests
    return digests == [model.parametersDigest.description] ? .sameParameters : .differentParameters(sets: digests.count)
  }

  /// The model with averaged statistics, its parameters untouched, and what changed.
  ///
  /// - Throws: `StatisticsError` with code `.differentParameters` where records are of other parameters and no prior is allowed,
  ///   `.conflict` where a record's brick, shape or epsilon is not the model's, or whatever the estimation throws.
  public func apply(_ updates: UpdateSet, to model: Model) throws -> (model: Model, changes: [Change]) {
    let regime = StatisticAveraging.regime(of: updates, in: model)
    guard regime == .sameParameters || allowsPrior else {
      throw StatisticsError(.differentParameters, StatisticAveraging.refusal(regime))
    }
    let bricks = model.populationBricks
    for brick in updates.bricks where !bricks.contains(where: { $0.brick == brick }) {
      throw StatisticsError(.conflict, "\(brick): the records are of a normalization that the model does not have")
    }
    var estimation = Estimation(estimator, outputType: nil, weights: weights)
    for brick in bricks {
      try check(brick, of: model, against: updates)
      if case .movingAverage = estimator { estimation.initialValues[brick.brick] = try model.populationValues(of: brick) }
      if let stepCount = brick.stepCount { estimation.minimumStepCounts[brick.brick] = stepCount }
    }
    estimation.outputType = try bricks.first.map { try model.tensor($0.mean).type }
    let estimates = try estimation.estimates(in: updates, threads: threads)
    var result = model
    let changes = try bricks.map { brick in
      try result.adopt(estimates.first { $0.brick == brick.brick }, for: brick, regime)
    }
    return (result, changes)
  }

  private func check(_ brick: PopulationBrick, of model: Model, against updates: UpdateSet) throws {
    guard let record = updates.records(of: brick.brick).first else { return }
    let values = try model.populationValues(of: brick)
    var problem: String?
    if record.values.exampleShape != values.exampleShape {
      problem = "statistics of shape \(record.values.exampleShape), the model's have \(values.exampleShape)"
    } else if record.values.hasTimeSteps != values.hasTimeSteps {
      problem = record.values.hasTimeSteps ? "a time axis, the model's have none" : "no time axis, the model's have one"
    } else if record.epsilon != brick.epsilon {
      problem = "epsilon \(record.epsilon), the model has \(brick.epsilon); the same epsilon throughout, or convert first"
    } else if record.mean == nil || (record.standardDeviation == nil) != (values.standardDeviation == nil) {
      problem = "only one of mean and standard deviation, or one that the model does not have; extract them again"
    }
    if let problem { throw StatisticsError(.conflict, "\(brick.brick): the records have \(problem)") }
  }

  private static func refusal(_ regime: Regime) -> String {
    let (what, whose): (String, String) =
      switch regime {
      case .differentParameters(let sets) where sets > 1:
        ("\(sets) different sets of parameters", "the statistics of any of these models")
      default: ("other parameters than the model's", "the statistics of this model")
      }
    return "these pairs were computed with \(what); their average is a prior, not \(whose)"
  }
}

extension Model {
  /// Takes an estimate over as the statistics of a normalization.
  fileprivate mutating func adopt(
    _ estimate: Estimate?, for brick: PopulationBrick, _ regime: StatisticAveraging.Regime
  ) throws -> StatisticAveraging.Change {
    let before = try populationValues(of: brick)
    guard let estimate, let mean = estimate.mean else {
      return StatisticAveraging.Change(
        brick: brick.brick, countBefore: before.counts.max() ?? 0, countAfter: 0, recordCount: 0, meanShift: 0,
        deviationRatio: nil, filledSteps: [], ignoredSteps: 0)
    }
    let momentsBefore = try StatisticMoments(self, brick)
    let size = before.shape.elementCount
    let counts = Array(estimate.counts.prefix(before.stepCount))
    let digest = estimate.parametersDigests.count == 1 ? estimate.parametersDigests[0] : nil
    let origin = StatisticOrigin(
      epsilon: estimate.epsilon, observationCounts: counts, estimator: estimate.estimator.name,
      records: estimate.recordCount, parametersDigest: digest.flatMap(Digest.init(hexadecimal:)))
    func set(_ path: TensorPath, _ values: [Double]) throws {
      let current = try tensor(path)
      let new = try Tensor(Array(values.prefix(size)), shape: current.shape).converted(to: current.type)
      try setStatistic(path, to: new, origin: origin)
    }
    try set(brick.mean, mean)
    if let path = brick.standardDeviation, let values = estimate.standardDeviation { try set(path, values) }
    let after = try StatisticMoments(self, brick)
    return StatisticAveraging.Change(
      brick: brick.brick, countBefore: before.counts.max() ?? 0, countAfter: counts.max() ?? 0,
      recordCount: estimate.recordCount, meanShift: after.meanShift(from: momentsBefore),
      deviationRatio: after.deviationRatio(to: momentsBefore),
      filledSteps: estimate.filledSteps.filter { $0 < before.stepCount },
      ignoredSteps: max(0, estimate.stepCount - before.stepCount))
  }
}

/// Statistics as inference uses them, whether they were ever estimated or not.
private struct StatisticMoments {
  let mean: [Double]
  let standardDeviation: [Double]?

  init(_ model: Model, _ brick: PopulationBrick) throws(GraphError) {
    mean = try model.tensor(brick.mean).doubles
    standardDeviation = try brick.standardDeviation.map { (path) throws(GraphError) in try model.tensor(path).doubles }
  }

  func meanShift(from other: StatisticMoments) -> Double {
    guard !mean.isEmpty else { return 0 }
    let sum = mean.indices.reduce(0.0) { $0 + abs(mean[$1] - other.mean[$1]) / (standardDeviation?[$1] ?? 1) }
    return sum / Double(mean.count)
  }

  func deviationRatio(to other: StatisticMoments) -> Double? {
    guard let standardDeviation, let otherDeviation = other.standardDeviation, !standardDeviation.isEmpty else {
      return nil
    }
    let sum = zip(standardDeviation, otherDeviation).reduce(0.0) { $0 + log($1.0 / $1.1) }
    return exp(sum / Double(standardDeviation.count))
  }
}
