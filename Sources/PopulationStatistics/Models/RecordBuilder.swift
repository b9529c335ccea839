import ComputationGraphs
import Tensors

/// Builds the record of one normalization and one batch. Its time steps are filled call by call.
struct RecordBuilder {
  private let identity: UpdateRecord.Identity
  private let epsilon: Double
  private let exampleShape: Shape
  private let stepCount: Int?
  private var mean: [Double]
  private var standardDeviation: [Double]?
  private var counts: [Int64]
  private var isStepSet: [Bool]

  /// A record without observations.
  ///
  /// - Parameter brick: The normalization.
  init(_ identity: UpdateRecord.Identity, of brick: NormalizationStatistics) {
    self.identity = identity
    epsilon = brick.epsilon
    exampleShape = brick.exampleShape
    stepCount = brick.stepCount
    let rows = stepCount ?? 1
    mean = [Double](repeating: 0, count: rows * exampleShape.elementCount)
    standardDeviation = brick.standardDeviation == nil ? nil : mean
    counts = [Int64](repeating: 0, count: rows)
    isStepSet = [Bool](repeating: false, count: rows)
  }

  /// Adds the statistics of one call. Returns false if the model has no statistics for the step of the call.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` for a step that was added before, or `.shapeMismatch` if the shape differs
  ///   from an earlier step.
  mutating func enter(
    mean: Tensor, standardDeviation: Tensor?, count: Int64, at step: Int64?
  ) throws(StatisticsError) -> Bool {
    let row = Int(clamping: step ?? 0)
    guard counts.indices.contains(row) else { return false }
    let size = exampleShape.elementCount
    guard [mean, standardDeviation ?? mean].allSatisfy({ $0.shape.elementCount == size }) else {
      throw StatisticsError(
        .shapeMismatch,
        "\(identity): has statistics of shape \(mean.shape), but earlier statistics have the shape \(exampleShape)")
    }
    guard !isStepSet[row] else {
      throw StatisticsError(
        .conflict,
        "\(identity): normalizes twice at time step \(row), so the statistics of this step have several values")
    }
    isStepSet[row] = true
    counts[row] = count
    guard counts.count > 1 else {
      self.mean = mean.doubles
      if self.standardDeviation != nil, let values = standardDeviation?.doubles { self.standardDeviation = values }
      return true
    }
    let range = row * size..<(row + 1) * size
    self.mean.replaceSubrange(range, with: mean.doubles)
    if let values = standardDeviation?.doubles { self.standardDeviation?.replaceSubrange(range, with: values) }
    return true
  }

  /// The error for a batch in which the numbers of a channel are all equal while ε is 0, so that the output of the normalization is
  /// 0 / 0; nil if there is no such channel.
  var zeroDeviation: StatisticsError? {
    guard epsilon == 0, let values = standardDeviation else { return nil }
    let size = exampleShape.elementCount
    guard let index = values.indices.first(where: { values[$0] == 0 && counts[$0 / size] > 0 }) else { return nil }
    return StatisticsError(
      .zeroDeviation,
      "\(identity.brick): the numbers of channel \(index % size)\(stepCount == nil ? "" : " at step \(index / size)") are all equal in "
        + "\(identity.batch) and ε is 0, so its outputs are NaN; set a greater ε")
  }

  /// The record; nil if no step was added.
  ///
  /// - Throws: `StatisticsError` with code `.invalidValues` if a statistic is not finite.
  func record(sequence: Int, examples: ExampleSelection?) throws(StatisticsError) -> UpdateRecord? {
    guard isStepSet.contains(true) else { return nil }
    return try UpdateRecord(
      identity: identity, sequence: sequence, epsilon: epsilon, scalarType: .float64, exampleShape: exampleShape,
      hasTimeSteps: stepCount != nil, mean: mean, standardDeviation: standardDeviation, counts: counts,
      examples: examples)
  }
}
