import Tensors

/// The estimation of one brick: all elements at each time step, then the unobserved steps.
struct StepEstimation {
  let estimator: Estimator
  /// An example of the brick's records. All of them have its shape and its statistics.
  let form: UpdateRecord
  let outputType: ScalarType
  let participants: [Estimation.Participant]
  let initial: StatisticValues?
  let minimumStepCount: Int

  /// The results, row-major; empty if the records have no such statistic.
  private(set) var means: [Double] = []
  private(set) var deviations: [Double] = []
  private(set) var counts: [Int64] = []
  private(set) var filledSteps: [Int] = []

  init(
    estimator: Estimator, form: UpdateRecord, outputType: ScalarType, participants: [Estimation.Participant],
    initial: StatisticValues?, minimumStepCount: Int
  ) {
    self.estimator = estimator
    self.form = form
    self.outputType = outputType
    self.participants = participants
    self.initial = initial
    self.minimumStepCount = minimumStepCount
  }

  private var rowLength: Int { form.values.exampleShape.elementCount }

  mutating func run() throws(StatisticsError) {
    let stepCount = max(minimumStepCount, initial?.stepCount ?? 1)
    let (size, overflow) = stepCount.multipliedReportingOverflow(by: rowLength)
    guard !overflow else {
      throw StatisticsError(.overflow, "\(stepCount) time steps of \(form.values.exampleShape) do not fit in memory")
    }
    counts = try (0..<stepCount).map { step throws(StatisticsError) in try observationCount(at: step) }
    means = [Double](repeating: 0, count: form.mean == nil ? 0 : size)
    deviations = [Double](repeating: 0, count: form.standardDeviation == nil ? 0 : size)
    var isKnown = [Bool](repeating: true, count: stepCount)
    for step in 0..<stepCount {
      if counts[step] > 0 {
        try estimate(step)
      } else if hasInitialValues(at: step) {
        try keepInitialValues(at: step)
      } else {
        isKnown[step] = false
      }
    }
    for (step, source) in isKnown.sourcesOfUnknownSteps() {
      filledSteps.append(step)
      copyStep(source, to: step)
    }
  }

  private func observationCount(at step: Int) throws(StatisticsError) -> Int64 {
    var sum: Int64 = 0
    for participant in participants where step < participant.record.values.stepCount {
      let overflow: Bool
      (sum, overflow) = sum.addingReportingOverflow(participant.record.counts[step])
      guard !overflow else {
        throw StatisticsError(.overflow, "the observation counts at step \(step) sum to more than 2⁶³ − 1")
      }
    }
    return sum
  }

  private mutating func estimate(_ step: Int) throws(StatisticsError) {
    let rows = participants.filter { step < $0.record.values.stepCount && $0.record.counts[step] > 0 }
    var column = Column()
    column.epsilon = form.epsilon
    column.counts = rows.map { $0.record.counts[step] }
    column.weights = weights(of: rows, at: step)
    column.totalWeight = column.weights.reduce(.zero, +)
    let rowMeans = rows.compactMap(\.record.mean)
    let rowDeviations = rows.compactMap(\.record.standardDeviation)
    let start = hasInitialValues(at: step) ? initial : nil
    for index in step * rowLength..<(step + 1) * rowLength {
      column.means = rowMeans.map { $0[index] }
      column.deviations = rowDeviations.map { $0[index] }
      let center: Column.Scaled
      let spread: Column.Scaled
      switch estimator {
      case .pooled:
        center = column.weightedMean(of: column.means)
        spread = column.rootOfMeanVariance(between: center)
      case .meanOfDeviations:
        center = column.weightedMean(of: column.means)
        spread = column.weightedMean(of: column.deviations)
      case .meanOfVariances:
        center = column.weightedMean(of: column.means)
        spread = column.rootOfMeanVariance(between: nil)
      case .movingAverage(let factor):
        center = column.movingAverage(of: column.means, smoothingFactor: factor, start: start?.mean?[index])
        spread = column.movingAverage(
          of: column.deviations, smoothingFactor: factor, start: start?.standardDeviation?[index])
      case .movingVariance(let factor, let besselCorrection):
        center = column.movingAverage(of: column.means, smoothingFactor: factor, start: start?.mean?[index] ?? 0)
        spread = column.rootOfMovingVariance(
          smoothingFactor: factor, besselCorrection: besselCorrection, start: start?.standardDeviation?[index])
      }
      try keep(center, spread, at: index)
    }
  }

  /// The weights of the records: n_i w_i for the pooled estimator, w_i otherwise.
  ///
  /// Only ratios matter, so the w_i are scaled by a power of two that keeps their products in range.
  private func weights(of rows: [Estimation.Participant], at step: Int) -> [DoubleDouble] {
    let largest = rows.lazy.map(\.weight).max() ?? 1
    return rows.map { row in
      let weight = DoubleDouble(row.weight / largest.binade)
      return estimator == .pooled ? DoubleDouble(row.record.counts[step]) * weight : weight
    }
  }

  private mutating func keep(
    _ mean: Column.Scaled, _ deviation: Column.Scaled, at index: Int
  ) throws(StatisticsError) {
    if !means.isEmpty { means[index] = try rounded(mean, "mean", index) }
    if !deviations.isEmpty { deviations[index] = try rounded(deviation, "standard deviation", index) }
  }

  private func rounded(_ value: Column.Scaled, _ name: String, _ index: Int) throws(StatisticsError) -> Double {
    let result = outputType == .float32 ? Double(value.single) : value.double
    guard result.isFinite else {
      throw StatisticsError(
        .overflow,
        "the \(name) of element \(index % rowLength) at step \(index / rowLength) is beyond \(outputType.rawValue)")
    }
    return result + 0  // -0 becomes 0: one number, one pattern of bytes
  }

  private func hasInitialValues(at step: Int) -> Bool {
    guard let initial else { return false }
    return step < initial.stepCount && initial.counts[step] > 0
  }

  private mutating func keepInitialValues(at step: Int) throws(StatisticsError) {
    for index in step * rowLength..<(step + 1) * rowLength {
      let (mean, deviation) = (initial?.mean?[index] ?? 0, initial?.standardDeviation?[index] ?? 0)
      try keep(Column.Scaled(mean), Column.Scaled(deviation), at: index)
    }
  }

  private mutating func copyStep(_ source: Int, to target: Int) {
    for element in 0..<rowLength {
      let (from, to) = (source * rowLength + element, target * rowLength + element)
      if !means.isEmpty { means[to] = means[from] }
      if !deviations.isEmpty { deviations[to] = deviations[from] }
    }
  }
}
