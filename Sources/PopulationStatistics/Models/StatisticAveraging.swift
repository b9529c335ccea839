import ComputationGraphs
import Tensors

/// Averages update records into the population statistics of a model.
public struct StatisticAveraging: Sendable {
  /// The relation of records to the parameters of a model.
  public enum Regime: Hashable, Sendable {
    /// All records were computed with exactly the parameters of the model: pooling is exact.
    case sameParameters
    /// The records were computed with other, unknown, or several sets of parameters: their average is only a prior.
    case differentParameters(sets: Int)
  }

  /// The estimator.
  public var estimator: Estimator
  /// The weight of each record, for estimators that take weights; nil weights all records equally.
  public var weights: [UpdateRecord.Identity: Double]?
  /// Whether to average records of different parameters. The result is stale then.
  public var allowsPrior: Bool
  /// The number of threads, at least 1. It does not change the result.
  public var threads: Int

  /// An averaging with the given options.
  public init(
    _ estimator: Estimator = .pooled, weights: [UpdateRecord.Identity: Double]? = nil, allowsPrior: Bool = false,
    threads: Int = 1
  ) {
    self.estimator = estimator
    self.weights = weights
    self.allowsPrior = allowsPrior
    self.threads = threads
  }

  /// The relation of records to the parameters of a model.
  ///
  /// - Complexity: O(records), and O(elements of all parameters) if the model has them in memory.
  public static func regime(of updates: some UpdateCollection, in model: some PopulationModel) -> Regime {
    let digests = updates.parametersDigests
    return digests == [model.parametersDigest] ? .sameParameters : .differentParameters(sets: digests.count)
  }

  /// The model with averaged statistics and unchanged parameters, and the changes in the order of
  /// `PopulationModel.normalizationStatistics`.
  ///
  /// Bricks without records stay unchanged. Steps of the records after the model's last time step are left out. A step that no
  /// record observed takes the values of a neighbouring step. A moving estimator starts at the model's statistics if they were
  /// estimated before. The result is stale if these statistics and the records belong to different parameters.
  ///
  /// At any time, memory holds the records of as many bricks as there are threads.
  ///
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no record, `.differentParameters` if records belong to
  ///   other parameters and a prior is not allowed, `.conflict` if the brick, shape or epsilon of a record differs from the
  ///   model. Also the errors of `Estimation` and of the collection.
  public func apply<Averaged: PopulationModel>(
    _ updates: some UpdateCollection, to model: Averaged
  ) throws -> (model: Averaged, changes: [StatisticChange]) {
    guard !updates.bricks.isEmpty else {
      throw StatisticsError(.neverObserved, "there are no update records to average; record some by a pass over data")
    }
    let regime = StatisticAveraging.regime(of: updates, in: model)
    guard regime == .sameParameters || allowsPrior else {
      throw StatisticsError(.differentParameters, StatisticAveraging.refusal(regime, updates.parametersDigests))
    }
    let bricks = model.normalizationStatistics
    let known = Set(bricks.map(\.path))
    for brick in updates.bricks where !known.contains(brick) {
      throw StatisticsError(.conflict, "\(brick): the records are of a normalization that the model does not have")
    }
    let outputType = try bricks.first.map { try model.tensor($0.mean).type }
    var result = model
    var changes: [StatisticChange] = []
    for start in stride(from: 0, to: bricks.count, by: threads) {
      let some = bricks[start..<min(start + threads, bricks.count)]
      changes += try average(some, of: updates, outputType: outputType, in: &result)
    }
    return (result, changes)
  }

  /// Averages the records of the given bricks, each on its own thread.
  private func average(
    _ bricks: ArraySlice<NormalizationStatistics>, of updates: some UpdateCollection, outputType: ScalarType?,
    in model: inout some PopulationModel
  ) throws -> [StatisticChange] {
    var estimation = Estimation(estimator, outputType: outputType, weights: weights)
    var longest: [Name: Int] = [:]
    let records = try UpdateSet(
      unionOf: bricks.map { brick in
        let set = try updates.updates(of: brick.path)
        guard let first = set.records.first else { return set }
        longest[brick.path] = set.records.lazy.map(\.values.stepCount).max()
        let values = try model.populationValues(of: brick)
        try StatisticAveraging.check(first, fits: values, of: brick)
        if estimator.smoothingFactor != nil { estimation.initialValues[brick.path] = values }
        if let stepCount = brick.stepCount { estimation.minimumStepCounts[brick.path] = stepCount }
        return try set.limitingSteps(to: estimation.minimumStepCounts)
      })
    let estimates = try estimation.estimates(in: records, threads: threads)
    let byBrick = Dictionary(estimates.map { ($0.brick, $0) }) { first, _ in first }
    return try bricks.map { brick in
      try model.adopt(
        byBrick[brick.path], for: brick,
        ignoredSteps: max(0, (longest[brick.path] ?? 0) - (brick.stepCount ?? 1)))
    }
  }

  private static func check(_ record: UpdateRecord, fits values: StatisticValues, of brick: NormalizationStatistics)
    throws
  {
    var problem: String?
    if record.values.exampleShape != values.exampleShape {
      problem = "statistics of shape \(record.values.exampleShape), but the model's have \(values.exampleShape)"
    } else if record.values.hasTimeSteps != values.hasTimeSteps {
      problem =
        record.values.hasTimeSteps ? "a time axis, but the model's have none" : "no time axis, but the model's have one"
    } else if record.epsilon != brick.epsilon {
      problem =
        "epsilon \(record.epsilon), but the model has \(brick.epsilon); use the same epsilon everywhere, or convert first"
    } else if record.mean == nil || (record.standardDeviation == nil && values.standardDeviation != nil) {
      problem =
        "\(record.values.keptStatistics), but the model needs both statistics; extract the records again with both"
    } else if record.standardDeviation != nil, values.standardDeviation == nil {
      problem = "\(record.values.keptStatistics), but the model only subtracts the mean"
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
    return "these pairs were computed with \(what); their average is only a prior, not \(whose)"
  }
}
