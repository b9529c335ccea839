import Names
import PopulationStatistics
import Tensors

/// Passes the elements of a collection's datasets to a writer. Memory holds one block of rows.
struct UpdateElements<Collection: UpdateCollection> {
  private let collection: Collection
  private let forms: [UpdateStack.Form]
  private let places: [Name: Int]
  /// The number of observations of each form's pairs, at the step with the most observations; at most the largest Int64.
  private(set) var observationCounts: [Int64]

  init(_ collection: Collection) {
    self.collection = collection
    forms = collection.forms
    places = Dictionary(zip(forms.lazy.map(\.groupPath), forms.indices)) { first, _ in first }
    observationCounts = [Int64](repeating: 0, count: forms.count)
  }

  mutating func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    guard let (group, name) = entry.path.splitAtLast("/"), let place = places[group],
      let member = Contents.Updates.Member(rawValue: name.text)
    else { return }
    let rowCount = forms[place].minibatches.count
    let blockRowCount = max(1, UpdateStack.blockElementCount / max(1, forms[place].rowLength))
    let rows = try collection.rows(of: place, keeping: member.statistics)
    for start in stride(from: 0, to: rowCount, by: blockRowCount) {
      let block = try rows.next(min(blockRowCount, rowCount - start))
      switch member {
      case .counts:
        observationCounts[place] = observationCounts[place].saturatingSum(with: Self.observationCount(of: block))
        try block.counts.withUnsafeBytes(sink)
      case .mean: try Self.write(block.mean ?? [], as: entry.type, to: sink)
      case .standardDeviation: try Self.write(block.standardDeviation ?? [], as: entry.type, to: sink)
      }
    }
  }

  static func observationCount(of stack: UpdateStack) -> Int64 {
    let steps = stack.form.stepCount
    return stride(from: 0, to: stack.counts.count, by: steps).reduce(0) { sum, start in
      sum.saturatingSum(with: stack.counts[start..<start + steps].max() ?? 0)
    }
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
