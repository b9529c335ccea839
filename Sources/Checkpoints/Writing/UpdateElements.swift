import Names
import PopulationStatistics
import Tensors

/// The elements of a collection's datasets, for a writer. The last used stack stays in memory, because the datasets of one
/// group are written one after another.
struct UpdateElements<Collection: UpdateCollection> {
  /// The approximate number of elements that are passed on at a time.
  private static var blockElementCount: Int { 1 << 17 }

  private let collection: Collection
  private let places: [Name: Int]
  private var kept: (place: Int, stack: UpdateStack)?
  /// The number of observations of each form's pairs, at the step with the most observations; at most the largest Int64.
  private(set) var observationCounts: [Int64]

  init(_ collection: Collection) {
    self.collection = collection
    let forms = collection.forms
    places = Dictionary(zip(forms.lazy.map(\.groupPath), forms.indices)) { first, _ in first }
    observationCounts = [Int64](repeating: 0, count: forms.count)
  }

  mutating func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    guard let (group, name) = entry.path.splitAtLast("/"), let place = places[group],
      let member = Contents.Updates.Member(rawValue: name.text)
    else { return }
    let stack = try stack(at: place)
    switch member {
    case .counts: try stack.counts.withUnsafeBytes(sink)
    case .mean: try Self.write(stack.mean ?? [], as: entry.type, to: sink)
    case .standardDeviation: try Self.write(stack.standardDeviation ?? [], as: entry.type, to: sink)
    }
  }

  private mutating func stack(at place: Int) throws -> UpdateStack {
    if let kept, kept.place == place { return kept.stack }
    // The previous stack is released before the next stack is read.
    kept = nil
    let stack = try collection.stack(at: place)
    kept = (place, stack)
    observationCounts[place] = Self.observationCount(of: stack)
    return stack
  }

  static func observationCount(of stack: UpdateStack) -> Int64 {
    let steps = stack.form.stepCount
    return stride(from: 0, to: stack.counts.count, by: steps).reduce(0) { sum, start in
      sum.saturatingSum(with: stack.counts[start..<start + steps].max() ?? 0)
    }
  }

  private static func write(_ values: [Double], as type: ScalarType, to sink: TensorSink) throws {
    for start in stride(from: 0, to: values.count, by: blockElementCount) {
      let block = values[start..<min(start + blockElementCount, values.count)]
      if type == .float32 {
        try block.map { Float($0) }.withUnsafeBytes(sink)
      } else {
        try block.withUnsafeBytes(sink)
      }
    }
  }
}

extension Int64 {
  /// The sum, or the largest number if the sum exceeds it.
  func saturatingSum(with other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
