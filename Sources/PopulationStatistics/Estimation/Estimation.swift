import Names
import Tensors

/// A way to estimate population statistics from records. The result depends only on the set of records. It has the same bits for
/// any order, any grouping of merged sets, and any number of threads.
///
/// The arithmetic has about 100 bits and rounds once at the end. So each result is the exact value of the formula, rounded to
/// nearest. The only exceptions are values within 2⁻⁴⁰ units in the last place of halfway between two numbers.
public struct Estimation: Hashable, Sendable {
  /// The method.
  public var estimator: Estimator
  /// The type to which results are rounded, `float32` or `float64`; nil for the type of each brick's records.
  public var outputType: ScalarType?
  /// The weight of each record (finite, at least 0); nil weights all records equally. Only for estimators that accept weights. Every
  /// record of the set needs a weight.
  public var weights: [UpdateRecord.Identity: Double]?
  /// The values at which a moving estimator starts, by brick, at the steps whose count is not 0.
  public var initialValues: [Name: StatisticValues]
  /// The minimum number of time steps in the result, by brick. Steps that were never observed are filled.
  public var minimumStepCounts: [Name: Int]

  /// An estimation with the given options; see the properties.
  public init(
    _ estimator: Estimator = .pooled, outputType: ScalarType? = nil, weights: [UpdateRecord.Identity: Double]? = nil,
    initialValues: [Name: StatisticValues] = [:], minimumStepCounts: [Name: Int] = [:]
  ) {
    self.estimator = estimator
    self.outputType = outputType
    self.weights = weights
    self.initialValues = initialValues
    self.minimumStepCounts = minimumStepCounts
  }

  /// The population statistics of one brick, from its records in a set.
  ///
  /// - Complexity: O(values in the records).
  /// - Throws: `StatisticsError` with code `.neverObserved` if no record has an observation, `.invalidOption` for
  ///   options that the estimator does not take, `.missingStatistic` if it needs means but the records have none,
  ///   `.shapeMismatch` for initial values of another shape, `.overflow` if a result exceeds its type.
  public func estimate(brick: Name, in set: UpdateSet) throws(StatisticsError) -> Estimate {
    try estimate(brick: brick, from: set.records(of: brick))
  }

  func estimate(brick: Name, from records: ArraySlice<UpdateRecord>) throws(StatisticsError) -> Estimate {
    do throws(StatisticsError) {
      try checkOptions()
      guard let first = records.first else {
        throw StatisticsError(.neverObserved, "there is no record of this brick")
      }
      try checkNeededStatistics(of: first.values)
      let participants = try participants(among: records)
      guard !participants.isEmpty else {
        throw StatisticsError(
          .neverObserved, "none of its \(records.count) records has an observation (all counts are 0)")
      }
      let initial = try initialValues(of: brick, like: first.values)
      // A record without observations also counts for the length of sequences.
      let stepCount = records.lazy.map(\.values.stepCount).max() ?? 1
      var steps = StepEstimation(
        estimator: estimator, form: first, outputType: outputType ?? first.scalarType, participants: participants,
        initial: initial,
        minimumStepCount: first.values.hasTimeSteps ? max(stepCount, minimumStepCounts[brick] ?? 1) : 1)
      try steps.run()
      return Estimate(
        brick: brick, estimator: estimator, epsilon: first.epsilon, exampleShape: first.values.exampleShape,
        hasTimeSteps: first.values.hasTimeSteps, scalarType: outputType ?? first.scalarType,
        mean: first.mean == nil ? nil : steps.means,
        standardDeviation: first.standardDeviation == nil ? nil : steps.deviations, counts: steps.counts,
        recordCount: participants.count,
        filledSteps: steps.filledSteps,
        parametersDigests: Set(participants.map(\.record.identity.parametersDigest)).sorted { $0.precedes($1) })
    } catch {
      throw error.about(brick)
    }
  }

  /// A record that is used, and its weight.
  struct Participant {
    let record: UpdateRecord
    let weight: Double
  }

  private func checkOptions() throws(StatisticsError) {
    try estimator.checkSmoothingFactor()
    guard outputType == nil || outputType == .float32 || outputType == .float64 else {
      throw StatisticsError(.invalidOption, "statistics are float32 or float64, not \(outputType?.rawValue ?? "")")
    }
    guard weights == nil || estimator.acceptsWeights else {
      throw StatisticsError(
        .invalidOption, "\(estimator.name) takes no weights; pooled and mean-of-deviations do")
    }
  }

  private func checkNeededStatistics(of values: StatisticValues) throws(StatisticsError) {
    guard estimator == .pooled, values.mean == nil else { return }
    throw StatisticsError(
      .missingStatistic,
      "its records have no means, which pooled needs for the variance between batches; extract them with the means")
  }

  /// The records with an observation and a weight above 0, in the order of summation.
  private func participants(among records: ArraySlice<UpdateRecord>) throws(StatisticsError) -> [Participant] {
    var participants: [Participant] = []
    for record in records {
      var weight = 1.0
      if let weights {
        guard let given = weights[record.identity] else {
          throw StatisticsError(.invalidOption, "there is no weight for batch \"\(record.identity.batch)\"")
        }
        guard given.isFinite, given >= 0 else {
          throw StatisticsError(
            .invalidOption, "the weight of batch \"\(record.identity.batch)\" is \(given), not a number of at least 0")
        }
        weight = given
      }
      if weight > 0, !record.values.isNeverObserved {
        try estimator.checkCounts(of: record)
        participants.append(Participant(record: record, weight: weight))
      }
    }
    if estimator.smoothingFactor != nil {
      // The order begins with the sequence, not with the application as the canonical order does, because all records of a batch
      // belong together in time.
      participants.sort { left, right in
        let (a, b) = (left.record, right.record)
        if a.sequence != b.sequence { return a.sequence < b.sequence }
        if a.identity.batch != b.identity.batch { return a.identity.batch < b.identity.batch }
        let (first, second) = (a.identity.parametersDigest, b.identity.parametersDigest)
        if first != second { return first.precedes(second) }
        return a.identity.application < b.identity.application
      }
    }
    return participants
  }

  private func initialValues(
    of brick: Name, like values: StatisticValues
  ) throws(StatisticsError) -> StatisticValues? {
    guard estimator.smoothingFactor != nil, let initial = initialValues[brick], !initial.isNeverObserved else {
      return nil
    }
    guard initial.exampleShape == values.exampleShape, initial.hasTimeSteps == values.hasTimeSteps else {
      throw StatisticsError(
        .shapeMismatch, "the initial values have the shape \(initial.shape), but the records \(values.shape)")
    }
    guard initial.mean != nil || values.mean == nil,
      initial.standardDeviation != nil || values.standardDeviation == nil
    else {
      throw StatisticsError(
        .missingStatistic,
        "the initial values hold \(initial.keptStatistics), but the records hold \(values.keptStatistics)"
      )
    }
    return initial
  }
}
