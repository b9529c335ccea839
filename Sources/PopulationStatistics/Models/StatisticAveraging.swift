import ComputationGraphs
import Tensors

/// Averages update records into the population statistics of a model.
public struct StatisticAveraging: Sendable {
  /// The relation of records to the parameters of a model.
  public enum Regime: Hashable, Sendable {
    /// All records were computed with exactly the parameters of the model, so pooling is exact.
    case sameParameters
    /// The records were computed with other, unknown or several sets of parameters. So their average is only a prior.
    case differentParameters(sets: Int)
  }

  /// The estimator.
  public var estimator: Estimator
  /// The weight of each record, for estimators that take weights; nil weights all records equally.
  public var weights: [UpdateRecord.Identity: Double]?
  /// Whether to average records of different parameters. Their average is marked as stale.
  public var allowsPrior: Bool
  /// Whether to average records of minibatches that have examples in common. These examples then count twice.
  public var allowsOverlap: Bool
  /// The number of threads, at least 1. It does not change the result.
  public var threads: Int

  /// The number of bytes in memory for the values of records, for all threads together.
  private static let valueByteLimit = 1 << 28

  /// Creates an averaging with the given options; see the properties.
  public init(
    _ estimator: Estimator = .pooled, weights: [UpdateRecord.Identity: Double]? = nil, allowsPrior: Bool = false,
    allowsOverlap: Bool = false, threads: Int = 1
  ) {
    self.estimator = estimator
    self.weights = weights
    self.allowsPrior = allowsPrior
    self.allowsOverlap = allowsOverlap
    self.threads = threads
  }

  /// The relation of records to the parameters of a model.
  ///
  /// - Complexity: O(records), and O(elements of all parameters) if the model has them in memory.
  public static func regime(of updates: some UpdateCollection, in model: some PopulationModel) -> Regime {
    let digests = updates.parametersDigests
    return digests == [model.parametersDigest] ? .sameParameters : .differentParameters(sets: digests.count)
  }

  /// The model with averaged statistics and unchanged parameters, and the changes.
  ///
  /// The changes are in the order of `PopulationModel.normalizationStatistics`. The regime is the relation of the records to the
  /// model's parameters.
  ///
  /// Bricks without records stay unchanged. Steps of the records after the model's last time step are left out. A step that no
  /// record observed takes the values of a neighbouring step. A moving estimator starts at the model's statistics if they were
  /// estimated before. The result is stale if these statistics and the records belong to different parameters.
  ///
  /// Memory holds at most 256 MiB of values. If the records of a brick have more, they are read several times.
  ///
  /// - Parameter isIncluded: Whether to average a brick's records. The statistics of other bricks stay unchanged.
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no record, `.differentParameters` if records belong to
  ///   other parameters and a prior is not allowed, `.overlap` if minibatches overlap without permission, `.zeroDeviation` if the
  ///   numbers of a channel are all equal and ε is 0, or `.conflict` if the brick, shape or epsilon of a record differs from the model. Also the errors of `Estimation` and of the collection.
  public func apply<Averaged: PopulationModel>(
    _ updates: some UpdateCollection, to model: Averaged, bricks isIncluded: (Name) -> Bool = { _ in true }
  ) throws -> (model: Averaged, changes: [StatisticChange], regime: Regime) {
    guard !updates.isEmpty else {
      throw StatisticsError(.neverObserved, "there are no update records to average; record some by a pass over data")
    }
    let regime = StatisticAveraging.regime(of: updates, in: model)
    guard regime == .sameParameters || allowsPrior else {
      throw StatisticsError(.differentParameters, StatisticAveraging.refusal(regime, updates.parametersDigests))
    }
    if !allowsOverlap { try updates.checkOverlap() }
    let known = Set(model.normalizationStatistics.map(\.path))
    for brick in updates.bricks where !known.contains(brick) {
      throw StatisticsError(.conflict, "\(brick): the records belong to a normalization that the model does not have")
    }
    let bricks = model.normalizationStatistics.filter { isIncluded($0.path) }
    let outputType = try bricks.first.map { try model.tensor($0.mean).type }
    let estimates = try bricks.indices.concurrentMap(threads: threads) { index in
      try estimate(bricks[index], from: updates, outputType: outputType, in: model)
    }
    var result = model
    let changes = try zip(bricks, estimates).map { brick, estimate in
      try result.replaceStatistics(of: brick, by: estimate?.value, ignoredSteps: estimate?.ignoredSteps ?? 0)
    }
    return (result, changes, regime)
  }

  /// Averages the records of a brick; nil if there are no records.
  private func estimate(
    _ brick: NormalizationStatistics, from updates: some UpdateCollection, outputType: ScalarType?,
    in model: some PopulationModel
  ) throws -> (value: Estimate, ignoredSteps: Int)? {
    let forms = updates.forms.filter { $0.brick == brick.path }
    guard let form = forms.first else { return nil }
    let values = try model.populationValues(of: brick)
    try StatisticAveraging.check(form, fits: values, of: brick)
    var estimation = Estimation(estimator, outputType: outputType, weights: weights)
    if estimator.smoothingFactor != nil { estimation.initialValues[brick.path] = values }
    estimation.minimumStepCounts[brick.path] = brick.stepCount
    estimation.stepLimits[brick.path] = brick.stepCount
    let longest = forms.lazy.map(\.stepCount).max() ?? 1
    let limit = StatisticAveraging.valueByteLimit / threads
    return (
      try estimation.estimate(brick: brick.path, in: updates, byteLimit: limit),
      max(0, longest - (brick.stepCount ?? 1))
    )
  }

  private static func check(
    _ form: UpdateStack.Form, fits values: StatisticValues, of brick: NormalizationStatistics
  ) throws(StatisticsError) {
    var problem: String?
    if form.exampleShape != values.exampleShape {
      problem =
        "statistics of shape \(form.exampleShape), but the model's statistics have the shape \(values.exampleShape)"
    } else if form.hasTimeSteps != values.hasTimeSteps {
      problem =
        form.hasTimeSteps
        ? "a time axis, but the model's statistics have none" : "no time axis, but the model's statistics have one"
    } else if form.epsilon != brick.epsilon {
      problem =
        "epsilon \(form.epsilon), but the model has \(brick.epsilon); use the same epsilon everywhere, or convert first"
    } else if !form.hasMean || (!form.hasStandardDeviation && values.standardDeviation != nil) {
      problem = "\(form.keptStatistics), but the model needs both statistics; extract the records again with both"
    } else if form.hasStandardDeviation, values.standardDeviation == nil {
      problem = "\(form.keptStatistics), but the model only subtracts the mean"
    }
    if let problem { throw StatisticsError(.conflict, "\(brick.path): the records have \(problem)") }
  }

  private static func refusal(_ regime: Regime, _ parametersDigests: [Digest?]) -> String {
    let (what, whose): (String, String) =
      switch regime {
      case .differentParameters(let sets) where sets > 1:
        ("\(sets) different sets of parameters", "the statistics of any of these models")
      case _ where parametersDigests == [nil]: ("unknown parameters", "the statistics of this model")
      default: ("other parameters than the model's", "the statistics of this model")
      }
    return "these pairs were computed with \(what); their average is only a prior, not \(whose); record "
      + "the pairs again with the model's parameters, or allow a prior"
  }
}
