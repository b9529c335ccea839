import CKernels
import Tensors

/// Estimates the statistics of one brick, one time step after the other. Then it fills the time steps that no record observed.
struct StepEstimation {
  let estimator: Estimator
  let table: RecordTable
  /// The form of the records.
  let form: UpdateStack.Form
  let outputType: ScalarType
  let firstElement: Int
  let participants: [Estimation.Participant]
  let initial: StatisticValues?
  let minimumStepCount: Int

  /// The results, row-major; empty if the records do not have this statistic.
  private(set) var means: [Double] = []
  private(set) var deviations: [Double] = []
  private(set) var counts: [Int64] = []
  private(set) var filledSteps: [Int] = []

  init(
    estimator: Estimator, table: RecordTable, form: UpdateStack.Form, outputType: ScalarType,
    firstElement: Int, participants: [Estimation.Participant], initial: StatisticValues?, minimumStepCount: Int
  ) {
    self.estimator = estimator
    self.table = table
    self.form = form
    self.outputType = outputType
    self.firstElement = firstElement
    self.participants = participants
    self.initial = initial
    self.minimumStepCount = minimumStepCount
  }

  private var rowLength: Int { form.exampleShape.elementCount }

  mutating func run() throws(StatisticsError) {
    let stepCount = max(minimumStepCount, initial?.stepCount ?? 1)
    let (size, overflow) = stepCount.multipliedReportingOverflow(by: rowLength)
    guard !overflow else {
      throw StatisticsError(.overflow, "\(stepCount) time steps of \(form.exampleShape) do not fit in memory")
    }
    counts = [Int64](repeating: 0, count: stepCount)
    means = [Double](repeating: 0, count: form.hasMean ? size : 0)
    deviations = [Double](repeating: 0, count: form.hasStandardDeviation ? size : 0)
    var isKnown = [Bool](repeating: true, count: stepCount)
    for step in 0..<stepCount {
      let rows = participants.filter { step < $0.row.stepCount && table.counts[$0.row.start + step] > 0 }
      counts[step] = try observationCount(of: rows, at: step)
      if counts[step] > 0 {
        try estimate(step, from: rows)
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

  private func observationCount(of rows: [Estimation.Participant], at step: Int) throws(StatisticsError) -> Int64 {
    var sum: Int64 = 0
    for participant in rows {
      let overflow: Bool
      (sum, overflow) = sum.addingReportingOverflow(table.counts[participant.row.start + step])
      guard !overflow else {
        throw StatisticsError(.overflow, "the observation counts at step \(step) sum to more than 2⁶³ − 1")
      }
    }
    return sum
  }

  private mutating func estimate(_ step: Int, from rows: [Estimation.Participant]) throws(StatisticsError) {
    switch estimator {
    case .pooled: try average(step, rows, CK_POOLED)
    case .meanOfDeviations: try average(step, rows, CK_MEAN_OF_DEVIATIONS)
    case .meanOfVariances: try average(step, rows, CK_MEAN_OF_VARIANCES)
    case .movingAverage, .movingVariance: try move(step, rows)
    }
  }

  // MARK: Averages

  private mutating func average(
    _ step: Int, _ rows: [Estimation.Participant], _ spread: ck_spread
  ) throws(StatisticsError) {
    let weights = weights(of: rows, at: step)
    let total = weights.reduce(.zero, +)
    let size = rowLength
    let starts = rows.map { ($0.row.start + step) * size }
    var results = [ck_double_double](repeating: ck_double_double(), count: 2 * size)
    weights.map(\.cValue).withUnsafeBufferPointer { weights in
      starts.withUnsafeBufferPointer { starts in
        table.mean.withUnsafeBufferPointer { means in
          table.standardDeviation.withUnsafeBufferPointer { deviations in
            results.withUnsafeMutableBufferPointer { results in
              var records = ck_records(
                count: rows.count, starts: starts.baseAddress,
                means: form.hasMean ? means.baseAddress : nil,
                deviations: form.hasStandardDeviation ? deviations.baseAddress : nil, weights: weights.baseAddress,
                total_weight: total.cValue, epsilon: form.epsilon)
              ck_average_records(&records, spread, size, results.baseAddress, results.baseAddress.map { $0 + size })
            }
          }
        }
      }
    }
    for element in 0..<size {
      try keep(
        DoubleDouble(results[element]), DoubleDouble(results[size + element]), at: step * size + element)
    }
  }

  /// The weights of the records: for pooling, the given weight times the number of observations; otherwise, the given weight.
  ///
  /// Only the ratios of the weights matter. So a power of two scales all given weights, such that their products stay in range.
  private func weights(of rows: [Estimation.Participant], at step: Int) -> [DoubleDouble] {
    let largest = rows.lazy.map(\.weight).max() ?? 1
    return rows.map { participant in
      let weight = DoubleDouble(participant.weight / largest.binade)
      return estimator == .pooled ? DoubleDouble(table.counts[participant.row.start + step]) * weight : weight
    }
  }

  // MARK: Moving averages

  private mutating func move(_ step: Int, _ rows: [Estimation.Participant]) throws(StatisticsError) {
    let size = rowLength
    let start = hasInitialValues(at: step) ? initial : nil
    var column = Column(epsilon: form.epsilon, counts: rows.map { table.counts[$0.row.start + step] })
    for index in step * size..<(step + 1) * size {
      let places = rows.lazy.map { ($0.row.start + step) * size + index % size }
      column.means = form.hasMean ? places.map { table.mean[$0] } : []
      column.deviations = form.hasStandardDeviation ? places.map { table.standardDeviation[$0] } : []
      switch estimator {
      case .movingVariance(let factor, let besselCorrection):
        try keep(
          column.movingAverage(of: column.means, smoothingFactor: factor, start: start?.mean?[index] ?? 0),
          column.rootOfMovingVariance(
            smoothingFactor: factor, besselCorrection: besselCorrection, start: start?.standardDeviation?[index]),
          at: index)
      default:
        let factor = estimator.smoothingFactor ?? 1
        try keep(
          column.movingAverage(of: column.means, smoothingFactor: factor, start: start?.mean?[index]),
          column.movingAverage(
            of: column.deviations, smoothingFactor: factor, start: start?.standardDeviation?[index]),
          at: index)
      }
    }
  }

  // MARK: Results

  private mutating func keep(
    _ mean: DoubleDouble, _ deviation: DoubleDouble, at index: Int
  ) throws(StatisticsError) {
    if !means.isEmpty { means[index] = try rounded(mean, "mean", index) }
    if !deviations.isEmpty { deviations[index] = try rounded(deviation, "standard deviation", index) }
  }

  private func rounded(_ value: DoubleDouble, _ name: String, _ index: Int) throws(StatisticsError) -> Double {
    let result = outputType == .float32 ? Double(value.single) : value.high
    guard result.isFinite else {
      throw StatisticsError(
        .overflow,
        "the \(name) of element \(firstElement + index % rowLength) at step \(index / rowLength) is beyond the range of \(outputType.rawValue)"
      )
    }
    return result + 0  // -0 becomes 0, so that equal numbers have equal bytes
  }

  private func hasInitialValues(at step: Int) -> Bool {
    guard let initial else { return false }
    return step < initial.stepCount && initial.counts[step] > 0
  }

  private mutating func keepInitialValues(at step: Int) throws(StatisticsError) {
    for index in step * rowLength..<(step + 1) * rowLength {
      let (mean, deviation) = (initial?.mean?[index] ?? 0, initial?.standardDeviation?[index] ?? 0)
      try keep(DoubleDouble(mean), DoubleDouble(deviation), at: index)
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

extension DoubleDouble {
  fileprivate var cValue: ck_double_double { ck_double_double(high: high, low: low) }

  fileprivate init(_ value: ck_double_double) { self.init(high: value.high, low: value.low) }
}
