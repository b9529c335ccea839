import Names
import Tensors

/// The statistics of one normalization, updated record by record. The memory does not grow with the number of records.
///
/// The arithmetic is in double precision, and the result is rounded to the model's type at the end. If the records are added in the
/// order of recording, the result is that of an `Estimation` over them, except for the last digits of double precision. In another
/// order, moving averages differ, and the results of other estimators can differ in these last digits.
struct RunningEstimate: Sendable {
  let brick: NormalizationStatistics
  let estimator: Estimator
  let exampleShape: Shape
  /// The number of records that were added.
  private(set) var recordCount = 0
  /// The number of observations per element, for each time step.
  private(set) var counts: [Int64]
  private var means: [Double]
  /// The sum Σ (x − mean)² of the pooled estimator, or the mean of variances or deviations of another estimator.
  private var spreads: [Double]?
  /// The number of records with observations at each step.
  private var stepRecords: [Int]
  /// The initial values of a moving estimator, at the steps that were estimated before.
  private let initial: StatisticValues
  private let isInitialized: [Bool]
  private var errors: [BatchMeansError?]

  /// An estimate before the first record.
  ///
  /// - Parameter initial: The initial values of a moving estimator. They are used only at steps whose count is not 0.
  init(_ brick: NormalizationStatistics, _ estimator: Estimator, initial: StatisticValues) {
    self.brick = brick
    self.estimator = estimator
    exampleShape = initial.exampleShape
    let steps = brick.stepCount ?? 1
    counts = [Int64](repeating: 0, count: steps)
    stepRecords = [Int](repeating: 0, count: steps)
    errors = [BatchMeansError?](repeating: nil, count: steps)
    means = [Double](repeating: 0, count: steps * initial.exampleShape.elementCount)
    spreads = brick.standardDeviation == nil ? nil : means
    self.initial = initial
    let isMoving = estimator.smoothingFactor != nil
    isInitialized = initial.counts.map { isMoving && $0 > 0 }
    if isMoving, let values = initial.mean { means = values }
    guard brick.standardDeviation != nil, let deviations = initial.standardDeviation else { return }
    if case .movingAverage = estimator { spreads = deviations }
    if case .movingVariance = estimator {
      let size = exampleShape.elementCount
      spreads = deviations.indices.map { index in
        isInitialized[index / size] ? varianceWithoutEpsilon(of: deviations[index], epsilon: brick.epsilon) : 1
      }
    }
  }

  /// Adds a record.
  ///
  /// - Throws: `StatisticsError` with code `.overflow` if counts sum to more than 2⁶³ − 1, or `.invalidValues` if Bessel's
  ///   correction would divide by 0, because a step has a single observation.
  mutating func observe(_ record: UpdateRecord) throws(StatisticsError) {
    guard let recordMeans = record.mean, !record.values.isNeverObserved else { return }
    try estimator.checkCounts(record.counts[...], of: record.identity)
    recordCount += 1
    let size = exampleShape.elementCount
    for (step, count) in record.counts.enumerated() where count > 0 {
      let (total, overflow) = counts[step].addingReportingOverflow(count)
      guard !overflow else {
        throw StatisticsError(
          .overflow, "\(brick.path): the observation counts at step \(step) sum to more than 2⁶³ − 1")
      }
      let range = step * size..<(step + 1) * size
      let deviations = record.standardDeviation?[range]
      let variances = deviations.map { $0.map { varianceWithoutEpsilon(of: $0, epsilon: record.epsilon) }[...] }
      counts[step] = total
      stepRecords[step] += 1
      switch estimator {
      case .pooled:
        pool(recordMeans[range], variances, count: count, into: range, at: step)
        if errors[step] == nil { errors[step] = BatchMeansError(origin: recordMeans[range]) }
        errors[step]?.observe(count: count, means: recordMeans[range], variances: variances)
      case .meanOfDeviations: move(to: recordMeans[range], deviations, by: 1 / Double(stepRecords[step]), range)
      case .meanOfVariances: move(to: recordMeans[range], variances, by: 1 / Double(stepRecords[step]), range)
      case .movingAverage(let factor):
        let isFirst = stepRecords[step] == 1 && !isInitialized[step]
        move(to: recordMeans[range], deviations, by: isFirst ? 1 : factor, range)
      case .movingVariance(let factor, let besselCorrection):
        let correction = besselCorrection ? Double(count) / Double(count - 1) : 1
        move(to: recordMeans[range], variances.map { $0.map { $0 * correction }[...] }, by: factor, range)
      }
    }
  }

  /// The update of Chan, Golub and LeVeque (1983); see `Moments.merging(_:)`.
  private mutating func pool(
    _ newMeans: ArraySlice<Double>, _ variances: ArraySlice<Double>?, count: Int64, into range: Range<Int>, at step: Int
  ) {
    let share = Double(count) / Double(counts[step])
    let others = Double(counts[step] - count)
    for (offset, index) in range.enumerated() {
      let variance = variances.map { $0[$0.startIndex + offset] }
      guard others > 0 else {
        means[index] = newMeans[newMeans.startIndex + offset]
        if let variance { spreads?[index] = variance * Double(count) }
        continue
      }
      let difference = newMeans[newMeans.startIndex + offset] - means[index]
      means[index] += difference * share
      if let variance { spreads?[index] += variance * Double(count) + difference * difference * others * share }
    }
  }

  /// Moves a value r towards a new value: r ← r + weight · (value − r).
  private mutating func move(
    to newMeans: ArraySlice<Double>, _ newSpreads: ArraySlice<Double>?, by weight: Double, _ range: Range<Int>
  ) {
    for (offset, index) in range.enumerated() {
      means[index] += weight * (newMeans[newMeans.startIndex + offset] - means[index])
      if let newSpreads, let old = spreads?[index] {
        spreads?[index] = old + weight * (newSpreads[newSpreads.startIndex + offset] - old)
      }
    }
  }

  // MARK: Results

  private func variance(_ index: Int, _ step: Int) -> Double { (spreads?[index] ?? 0) / Double(counts[step]) }

  /// The standard deviation of an element so far, with ε; nil if only the mean is subtracted.
  func deviation(_ index: Int, _ step: Int) -> Double? {
    guard let spread = spreads?[index] else { return nil }
    return switch estimator {
    case .pooled: (variance(index, step) + brick.epsilon).squareRoot()
    case .meanOfVariances, .movingVariance: (spread + brick.epsilon).squareRoot()
    case .meanOfDeviations, .movingAverage: spread
    }
  }

  /// The mean of an element so far.
  func estimatedMean(_ index: Int) -> Double { means[index] }

  /// The estimate, rounded to the given type.
  ///
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no observation, or `.overflow` if a value exceeds the type.
  func estimate(as type: ScalarType, parametersDigest: Digest) throws(StatisticsError) -> Estimate {
    guard counts.contains(where: { $0 > 0 }) else {
      throw StatisticsError(.neverObserved, "\(brick.path): no data reached this normalization")
    }
    var (rounded, deviations) = (means, spreads)
    let size = exampleShape.elementCount
    let isKnown = zip(counts, isInitialized).map { $0 > 0 || $1 }
    for step in counts.indices where isKnown[step] {
      for index in step * size..<(step + 1) * size {
        rounded[index] = try value(means[index], as: type)
        let deviation = counts[step] > 0 ? deviation(index, step) : initial.standardDeviation?[index]
        if let deviation { deviations?[index] = try value(deviation, as: type) }
      }
    }
    let fills = isKnown.sourcesOfUnknownSteps()
    for (step, source) in fills {
      for element in 0..<size {
        rounded[step * size + element] = rounded[source * size + element]
        if let known = deviations?[source * size + element] { deviations?[step * size + element] = known }
      }
    }
    return Estimate(
      brick: brick.path, estimator: estimator, epsilon: brick.epsilon, exampleShape: exampleShape,
      hasTimeSteps: brick.stepCount != nil, scalarType: type, mean: rounded, standardDeviation: deviations,
      counts: counts, recordCount: recordCount, filledSteps: fills.map(\.step), parametersDigests: [parametersDigest])
  }

  private func value(_ value: Double, as type: ScalarType) throws(StatisticsError) -> Double {
    let rounded = (type == .float32 ? Double(Float(value)) : value) + 0
    guard rounded.isFinite else {
      throw StatisticsError(.overflow, "\(brick.path): a statistic is beyond the range of \(type.rawValue)")
    }
    return rounded
  }

  /// The standard errors of the pooled mean and standard deviation of each element at a step; nil with fewer than 2 batches, and for
  /// other estimators.
  func errors(at step: Int) -> [(mean: Double, standardDeviation: Double)]? {
    guard estimator == .pooled, let batchMeans = errors[step], batchMeans.batchCount >= 2 else { return nil }
    let size = exampleShape.elementCount
    return (0..<size).compactMap { element in
      let index = step * size + element
      let error = batchMeans.errors(
        of: element, mean: means[index], variance: variance(index, step), count: counts[step])
      let unit = deviation(index, step) ?? 1
      // An error of 0 stays 0, because a deviation of 0 cannot be used as the unit.
      return error.map { ($0.mean, $0.variance == 0 ? 0 : $0.variance / (2 * unit)) }
    }
  }

  /// The number of batches at a step that the standard errors come from.
  func batchCount(at step: Int) -> Int { errors[step]?.batchCount ?? 0 }

  /// The greatest standard errors of the pooled statistics over elements and observed steps; nil if a step has fewer than 2
  /// batches, and for other estimators. The unit is the standard deviation. If only the mean is subtracted, the errors are
  /// absolute.
  var standardError: StandardError? {
    guard counts.contains(where: { $0 > 0 }) else { return nil }
    var greatest = StandardError(
      brick: brick.path, mean: 0, standardDeviation: brick.standardDeviation == nil ? nil : 0)
    let size = exampleShape.elementCount
    for step in counts.indices where counts[step] > 0 {
      guard let errors = errors(at: step) else { return nil }
      for (element, error) in errors.enumerated() {
        let unit = deviation(step * size + element, step) ?? 1
        func relative(_ error: Double) -> Double { error == 0 ? 0 : error / unit }
        greatest.mean = max(greatest.mean, relative(error.mean))
        greatest.standardDeviation = greatest.standardDeviation.map { max($0, relative(error.standardDeviation)) }
      }
    }
    return greatest
  }
}

/// The uncertainty of a normalization's statistics.
///
/// It consists of the greatest standard errors over elements and time steps, in units of the standard deviation.
public struct StandardError: Hashable, Sendable {
  /// The brick's path.
  public let brick: Name
  /// The standard error SE(μ) / σ; if only the mean is subtracted, SE(μ).
  public internal(set) var mean: Double
  /// The standard error SE(σ) / σ; nil if only the mean is subtracted.
  public internal(set) var standardDeviation: Double?

  /// The greater one of the two errors.
  public var greatest: Double { max(mean, standardDeviation ?? 0) }
}

extension [Bool] {
  /// The unknown time steps in ascending order, each with the known step whose values it takes. This source is the last known
  /// step before the unknown step, or the first known step if no earlier step is known. The list is empty if no step is known.
  func sourcesOfUnknownSteps() -> [(step: Int, source: Int)] {
    guard var source = firstIndex(of: true) else { return [] }
    return indices.compactMap { step in
      guard self[step] else { return (step, source) }
      source = step
      return nil
    }
  }
}
