import Names
import PopulationStatistics
import Tensors

/// Passes the elements of a collection's datasets to a writer. Memory holds one block of rows.
struct UpdateElements<Collection: UpdateCollection> {
  /// The number of values in a block of rows: 256 KiB in double precision, which fit into the second cache of a processor.
  private static var blockElementCount: Int { 1 << 15 }

  private let collection: Collection
  private let forms: [UpdateStack.Form]
  private let places: [Name: Int]
  /// For each form, the number of observations of its pairs at each time step; at most the largest Int64.
  private(set) var observationCounts: [[Int64]]

  init(_ collection: Collection) {
    self.collection = collection
    forms = collection.forms
    places = Dictionary(zip(forms.lazy.map(\.groupPath), forms.indices)) { first, _ in first }
    observationCounts = [[Int64]](repeating: [], count: forms.count)
  }

  mutating func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    guard let (group, name) = entry.path.splitAtLast("/"), let place = places[group],
      let member = Contents.Updates.Member(rawValue: name.text)
    else { return }
    let rowCount = forms[place].minibatches.count
    let blockRowCount = max(1, Self.blockElementCount / max(1, forms[place].rowLength))
    let rows = try collection.rows(of: place, keeping: member.statistics)
    for start in stride(from: 0, to: rowCount, by: blockRowCount) {
      let block = try rows.next(min(blockRowCount, rowCount - start))
      switch member {
      case .counts:
        observationCounts[place] = observationCounts[place].saturatingSums(with: Self.observationCounts(of: block))
        try block.counts.withUnsafeBytes(sink)
      case .mean: try Self.write(block.mean ?? [], as: entry.type, to: sink)
      case .standardDeviation: try Self.write(block.standardDeviation ?? [], as: entry.type, to: sink)
      }
    }
  }

  /// The number of observations of the pairs of a stack at each time step.
  static func observationCounts(of stack: UpdateStack) -> [Int64] {
    let steps = stack.form.stepCount
    var sums = [Int64](repeating: 0, count: steps)
    for (index, count) in stack.counts.enumerated() {
      sums[index % steps] = sums[index % steps].saturatingSum(with: count)
    }
    return sums
  }

  private static func write(_ values: [Double], as type: ScalarType, to sink: TensorSink) throws {
    guard type == .float32 else { return try values.withUnsafeBytes(sink) }
    let singles = [Float](unsafeUninitializedCapacity: values.count) { singles, count in
      for index in values.indices { singles[index] = Float(values[index]) }
      count = values.count
    }
    try singles.withUnsafeBytes(sink)
  }
}

extension Int64 {
  /// The sum, or the largest number if the sum exceeds it.
  func saturatingSum(with other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

extension [Int64] {
  /// The sums of corresponding numbers. A missing number counts as 0.
  func saturatingSums(with others: [Int64]) -> [Int64] {
    (0..<Swift.max(count, others.count)).map { index in
      (index < count ? self[index] : 0).saturatingSum(with: index < others.count ? others[index] : 0)
    }
  }
}
