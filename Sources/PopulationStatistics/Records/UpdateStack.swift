import CKernels
import Names
import Tensors

/// The records of one application of one brick in arrays, with one row for each record, in the layout of files.
///
/// Rows are in ascending order of minibatch. Arrays are row-major with the shape (rows, steps) for counts, and (rows, steps) + example
/// shape for values. Without time steps there is one step. If a count is 0, the values are 0.
public struct UpdateStack: Sendable {
  /// The common properties of the rows, and the minibatch of each row.
  public struct Form: Sendable {
    /// The brick's path.
    public let brick: Name
    /// The application's name.
    public let application: Name
    /// The ε that was added to the variance under the square root.
    public let epsilon: Double
    /// The type in which files keep the values: `float32` or `float64`.
    public internal(set) var scalarType: ScalarType
    /// The shape of one example's statistics, with extent 1 on the axes along which one value is used for all elements.
    public internal(set) var exampleShape: Shape
    /// Whether there is a time axis.
    public let hasTimeSteps: Bool
    /// The number of time steps of the longest record; 1 without a time axis.
    public internal(set) var stepCount: Int
    /// Whether the rows have means.
    public internal(set) var hasMean: Bool
    /// Whether the rows have standard deviations.
    public internal(set) var hasStandardDeviation: Bool
    /// The number of each row's minibatch in the table of the collection.
    public package(set) var minibatches: [Int]
    /// The sources of the rows, for messages.
    var sources: RowSources

    /// Creates a form with the given properties.
    ///
    /// - Parameter source: The source of the rows, such as the name of a file.
    package init(
      brick: Name, application: Name, epsilon: Double, scalarType: ScalarType, exampleShape: Shape, hasTimeSteps: Bool,
      stepCount: Int, hasMean: Bool, hasStandardDeviation: Bool, minibatches: [Int], source: String?
    ) {
      self.brick = brick
      self.application = application
      self.epsilon = epsilon + 0  // -0 becomes 0, so that equal numbers have equal bytes
      self.scalarType = scalarType
      self.exampleShape = exampleShape
      self.hasTimeSteps = hasTimeSteps
      self.stepCount = stepCount
      self.hasMean = hasMean
      self.hasStandardDeviation = hasStandardDeviation
      self.minibatches = minibatches
      sources = RowSources(source)
    }

    /// The number of values of a row.
    package var rowLength: Int { stepCount * exampleShape.elementCount }

    /// The form of some of the rows.
    func keeping(rows: [Int]) -> Form {
      var form = self
      form.minibatches = rows.map { minibatches[$0] }
      if sources.common == nil { form.sources = RowSources(rows.map { sources[$0] }) }
      return form
    }

    /// The form of the same rows with only some statistics.
    package func keeping(_ statistics: Set<UpdateSet.Statistic>) -> Form {
      var form = self
      form.hasMean = hasMean && statistics.contains(.mean)
      form.hasStandardDeviation = hasStandardDeviation && statistics.contains(.standardDeviation)
      return form
    }

    /// The statistics that the rows have, in words.
    var keptStatistics: String { keptStatisticsText(hasMean: hasMean, hasStandardDeviation: hasStandardDeviation) }

    /// The identity of the record of a minibatch.
    package func identity(of minibatch: Minibatch) -> UpdateRecord.Identity {
      UpdateRecord.Identity(
        brick: brick, application: application, batch: minibatch.batch, parametersDigest: minibatch.parametersDigest,
        source: minibatch.examples?.source)
    }
  }

  /// The common properties of the rows.
  public package(set) var form: Form
  /// The numbers of observations per element.
  public private(set) var counts: [Int64]
  /// The means; nil if the rows have no means.
  public private(set) var mean: [Double]?
  /// The standard deviations, which include ε; nil if the rows have no deviations.
  public private(set) var standardDeviation: [Double]?

  /// A stack of arrays. The caller guarantees that they are valid.
  init(checked form: Form, counts: [Int64], mean: [Double]?, standardDeviation: [Double]?) {
    self.form = form
    self.counts = counts
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// A stack without rows.
  init(empty form: Form) {
    self.init(
      checked: form, counts: [], mean: form.hasMean ? [] : nil, standardDeviation: form.hasStandardDeviation ? [] : nil)
  }

  /// Adds the values of a record, which must have the stack's form, as the last row.
  ///
  /// - Parameter minibatch: The number of the record's minibatch.
  mutating func append(_ values: StatisticValues, of minibatch: Int) {
    form.minibatches.append(minibatch)
    counts += values.counts
    if let numbers = values.mean { mean?.append(contentsOf: numbers) }
    if let numbers = values.standardDeviation { standardDeviation?.append(contentsOf: numbers) }
  }

  /// Creates a stack from arrays, after a check of their values.
  ///
  /// - Parameter minibatches: The minibatches that the form refers to, for messages.
  /// - Throws: `StatisticsError` with code `.invalidValues` if a size does not fit, if a count is negative, or if, at an
  ///   observed step, a mean is not finite or a standard deviation is not finite or negative.
  /// - Complexity: O(values).
  package init(
    _ form: Form, counts: [Int64], mean: [Double]?, standardDeviation: [Double]?, minibatches: [Minibatch]
  ) throws(StatisticsError) {
    self.init(checked: form, counts: counts, mean: mean, standardDeviation: standardDeviation)
    guard counts.count == form.minibatches.count * form.stepCount else {
      throw StatisticsError(
        .invalidValues,
        "\(form.brick): there are \(counts.count) counts, not \(form.minibatches.count) × \(form.stepCount)")
    }
    for (name, values, isStated) in [
      ("means", mean, form.hasMean), ("standard deviations", standardDeviation, form.hasStandardDeviation),
    ] {
      let (size, overflow) = form.minibatches.count.multipliedReportingOverflow(by: form.rowLength)
      guard !overflow, values?.count == (isStated ? size : nil) else {
        throw StatisticsError(
          .invalidValues,
          "\(form.brick): there are \(values?.count ?? 0) \(name), not \(isStated ? size : 0)")
      }
    }
    if let index = counts.firstIndex(where: { $0 < 0 }) {
      throw StatisticsError(
        .invalidValues,
        "\(identity(ofValue: index, minibatches)): observation count \(counts[index]) (index \(index % form.stepCount)) is negative"
      )
    }
    if let index = UpdateStack.settle(&self.mean, counts, isDeviation: false) {
      throw invalid(mean, "mean", index, minibatches)
    }
    if let index = UpdateStack.settle(&self.standardDeviation, counts, isDeviation: true) {
      throw invalid(standardDeviation, "standard deviation", index, minibatches)
    }
  }

  /// Sets values without observations to 0, and -0 to 0, because equal sets must give equal bytes. Returns the index of a value
  /// that is not finite, or of a negative deviation; nil if there is no such value.
  private static func settle(_ values: inout [Double]?, _ counts: [Int64], isDeviation: Bool) -> Int? {
    guard values != nil else { return nil }
    return values?.withUnsafeMutableBufferPointer { values in
      let size = counts.isEmpty ? 0 : values.count / counts.count
      for (step, count) in counts.enumerated() where count == 0 {
        values[step * size..<(step + 1) * size].update(repeating: 0)
      }
      guard ck_settle(values.baseAddress, values.count, isDeviation ? 0 : -.greatestFiniteMagnitude) == 0 else {
        return nil
      }
      return values.firstIndex { !$0.isFinite || (isDeviation && $0 < 0) }
    } ?? nil
  }

  private func invalid(
    _ values: [Double]?, _ name: String, _ index: Int, _ minibatches: [Minibatch]
  ) -> StatisticsError {
    let size = form.exampleShape.elementCount
    let count = counts[index / size]
    return StatisticsError(
      .invalidValues,
      "\(identity(ofValue: index / size, minibatches)): the \(name) is \(values?[index] ?? 0) at element \(index % size)"
        + (form.stepCount > 1 ? " of step \(index / size % form.stepCount)" : "")
        + " although it has \(count) observations")
  }

  private func identity(ofValue index: Int, _ minibatches: [Minibatch]) -> UpdateRecord.Identity {
    form.identity(of: minibatches[form.minibatches[index / form.stepCount]])
  }

  /// The same rows with only some statistics.
  func keeping(mean keepsMean: Bool, standardDeviation keepsDeviation: Bool) -> UpdateStack {
    var result = self
    if !keepsMean { result.mean = nil }
    if !keepsDeviation { result.standardDeviation = nil }
    (result.form.hasMean, result.form.hasStandardDeviation) = (result.mean != nil, result.standardDeviation != nil)
    return result
  }
}

/// The sources of a stack's rows: one name for all rows, or a name for each row.
struct RowSources: Sendable {
  private var names: [String?]

  init(_ name: String?) { names = [name] }

  init(_ names: [String?]) {
    self.names = names.dropFirst().allSatisfy { $0 == names[0] } ? Array(names.prefix(1)) : names
  }

  /// The common name of all rows; nil if they have several names.
  var common: String?? { names.count == 1 ? .some(names[0]) : .none }

  subscript(row: Int) -> String? { names.count == 1 ? names[0] : names[row] }

  /// The source of a row in words.
  func description(of row: Int) -> String { self[row] ?? "a record without a source" }
}

/// The statistics that exist, in words.
func keptStatisticsText(hasMean: Bool, hasStandardDeviation: Bool) -> String {
  !hasMean ? "standard deviations only" : !hasStandardDeviation ? "means only" : "means and standard deviations"
}
