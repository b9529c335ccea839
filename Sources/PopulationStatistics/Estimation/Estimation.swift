import Names
import Tensors

/// A method to estimate population statistics from records. The result depends only on the set of records. It has the same bits for
/// any order, any grouping of merged sets, and any number of threads.
///
/// The arithmetic has about 100 bits and rounds once at the end. So each result is the exact value of the formula, rounded to
/// nearest. The only exceptions are values that are almost exactly halfway between two numbers: within 2⁻⁴⁰ units in the last
/// place.
public struct Estimation: Hashable, Sendable {
  /// The method.
  public var estimator: Estimator
  /// The type to which results are rounded, `float32` or `float64`; nil for the type of each brick's records.
  public var outputType: ScalarType?
  /// The weight of each record (finite, at least 0); nil weights all records equally. Only for estimators that accept weights. Every
  /// record of the set needs a weight.
  public var weights: [UpdateRecord.Identity: Double]?
  /// The initial values of a moving estimator, by brick. They are used only at steps whose count is not 0.
  public var initialValues: [Name: StatisticValues]
  /// The minimum number of time steps in the result, by brick. Steps that were never observed get the values of a neighbouring
  /// step.
  public var minimumStepCounts: [Name: Int]
  /// The number of time steps to use, by brick. Later steps of the records are left out.
  var stepLimits: [Name: Int] = [:]
  /// The number of the first element, for messages about some elements of a brick.
  var firstElement = 0

  /// Creates an estimation with the given options; see the properties.
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
  /// - Throws: `StatisticsError` with code `.neverObserved` if no record has an observation, `.invalidOption` for options that the
  ///   estimator does not take, `.missingStatistic` if the method needs means but the records have no means, `.shapeMismatch` for
  ///   initial values of another shape, or `.overflow` if a result exceeds its type.
  public func estimate(brick: Name, in set: UpdateSet) throws(StatisticsError) -> Estimate {
    try estimate(brick: brick, from: RecordTable(set.stacks(of: brick), set.minibatches, stepLimit: stepLimits[brick]))
  }

  private func estimate(brick: Name, from table: RecordTable) throws(StatisticsError) -> Estimate {
    do throws(StatisticsError) {
      try checkOptions()
      guard let form = table.form else {
        throw StatisticsError(.neverObserved, "there is no record of this brick")
      }
      guard estimator != .pooled || form.hasMean else {
        throw StatisticsError(
          .missingStatistic,
          "its records have no means, but the method pooled needs means for the variance between batches; extract the records with their means"
        )
      }
      let participants = try participants(among: table)
      guard !participants.isEmpty else {
        throw StatisticsError(
          .neverObserved, "none of its \(table.rows.count) records has an observation (all counts are 0)")
      }
      let initial = try initialValues(of: brick, like: form)
      var steps = StepEstimation(
        estimator: estimator, table: table, form: form, outputType: outputType ?? form.scalarType,
        firstElement: firstElement, participants: participants, initial: initial,
        // Records that are not used still count for the number of time steps.
        minimumStepCount: form.hasTimeSteps ? max(table.stepCount, minimumStepCounts[brick] ?? 1) : 1)
      try steps.run()
      return Estimate(
        brick: brick, estimator: estimator, epsilon: form.epsilon, exampleShape: form.exampleShape,
        hasTimeSteps: form.hasTimeSteps, scalarType: outputType ?? form.scalarType,
        mean: form.hasMean ? steps.means : nil, standardDeviation: form.hasStandardDeviation ? steps.deviations : nil,
        counts: steps.counts, recordCount: participants.count, filledSteps: steps.filledSteps,
        parametersDigests: participants.map { table.minibatches[$0.row.minibatch] }.parametersDigests)
    } catch {
      throw error.about(brick)
    }
  }

  /// A record that is used, and its weight.
  struct Participant {
    let row: RecordTable.Row
    let weight: Double
  }

  private func checkOptions() throws(StatisticsError) {
    try estimator.checkSmoothingFactor()
    guard outputType == nil || outputType == .float32 || outputType == .float64 else {
      throw StatisticsError(
        .invalidOption, "the type of statistics must be float32 or float64, not \(outputType?.rawValue ?? "")")
    }
    guard weights == nil || estimator.acceptsWeights else {
      throw StatisticsError(
        .invalidOption, "\(estimator.name) takes no weights; only pooled and mean-of-deviations take weights")
    }
  }

  /// The records with an observation and a weight above 0, in the order of summation.
  private func participants(among table: RecordTable) throws(StatisticsError) -> [Participant] {
    var participants: [Participant] = []
    participants.reserveCapacity(table.rows.count)
    for row in table.rows {
      var weight = 1.0
      if let weights {
        let batch = table.minibatches[row.minibatch].batch
        guard let given = weights[table.identity(of: row)] else {
          throw StatisticsError(.invalidOption, "there is no weight for batch \"\(batch)\"")
        }
        guard given.isFinite, given >= 0 else {
          throw StatisticsError(
            .invalidOption, "the weight of batch \"\(batch)\" is \(given), not a number of at least 0")
        }
        weight = given
      }
      let counts = table.counts(of: row)
      if weight > 0, counts.contains(where: { $0 > 0 }) {
        try estimator.checkCounts(counts, of: table.identity(of: row))
        participants.append(Participant(row: row, weight: weight))
      }
    }
    if estimator.smoothingFactor != nil {
      // The application is the last key of this order, because all records of a batch were computed at the same time.
      participants.sort { ($0.row.minibatch, $0.row.stack) < ($1.row.minibatch, $1.row.stack) }
    }
    return participants
  }

  private func initialValues(
    of brick: Name, like form: UpdateStack.Form
  ) throws(StatisticsError) -> StatisticValues? {
    guard estimator.smoothingFactor != nil, let initial = initialValues[brick], !initial.isNeverObserved else {
      return nil
    }
    guard initial.exampleShape == form.exampleShape, initial.hasTimeSteps == form.hasTimeSteps else {
      let shape = Shape((form.hasTimeSteps ? [form.stepCount] : []) + form.exampleShape.dimensions)
      throw StatisticsError(
        .shapeMismatch, "the initial values have the shape \(initial.shape), but the records have the shape \(shape)")
    }
    guard initial.mean != nil || !form.hasMean, initial.standardDeviation != nil || !form.hasStandardDeviation else {
      throw StatisticsError(
        .missingStatistic,
        "the initial values hold \(initial.keptStatistics), but the records hold \(form.keptStatistics)")
    }
    return initial
  }
}
