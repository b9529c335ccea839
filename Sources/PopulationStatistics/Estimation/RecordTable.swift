import Tensors

/// The records of one brick in one array for each statistic, application after application.
struct RecordTable: Sendable {
  /// A record: its minibatch, and where its values begin in the arrays of the table.
  struct Row {
    let minibatch: Int
    /// The index of the record's first step in `counts`. The record's values begin at this index times the number of elements of
    /// an example.
    let start: Int
    let stepCount: Int
    let stack: Int
  }

  /// The properties of the first application's records; nil if there are no records. All applications have the same ε and shape.
  let form: UpdateStack.Form?
  let minibatches: [Minibatch]
  /// The records in the order of summation: by application, and then in the order of recording.
  let rows: [Row]
  let counts: [Int64]
  let mean: [Double]
  let standardDeviation: [Double]
  /// The number of time steps of the longest record.
  let stepCount: Int
  private let forms: [UpdateStack.Form]

  /// The table of the records in some stacks.
  ///
  /// - Parameter stepLimit: The number of time steps to use; nil for all.
  init(_ stacks: ArraySlice<UpdateStack>, _ minibatches: [Minibatch], stepLimit: Int?) {
    forms = stacks.map(\.form)
    form = forms.first
    self.minibatches = minibatches
    // In the most common case, there is a single application, and its arrays are not copied.
    if let only = stacks.first, stacks.count == 1 {
      counts = only.counts
      mean = only.mean ?? []
      standardDeviation = only.standardDeviation ?? []
    } else {
      counts = stacks.flatMap(\.counts)
      mean = stacks.flatMap { $0.mean ?? [] }
      standardDeviation = stacks.flatMap { $0.standardDeviation ?? [] }
    }
    var rows: [Row] = []
    rows.reserveCapacity(forms.reduce(0) { $0 + $1.minibatches.count })
    var start = 0
    var longest = 1
    for (index, form) in forms.enumerated() {
      let stepCount = form.hasTimeSteps ? min(form.stepCount, max(stepLimit ?? form.stepCount, 1)) : 1
      longest = max(longest, stepCount)
      for minibatch in form.minibatches {
        rows.append(Row(minibatch: minibatch, start: start, stepCount: stepCount, stack: index))
        start += form.stepCount
      }
    }
    self.rows = rows
    stepCount = longest
  }

  func counts(of row: Row) -> ArraySlice<Int64> { counts[row.start..<row.start + row.stepCount] }

  func identity(of row: Row) -> UpdateRecord.Identity { forms[row.stack].identity(of: minibatches[row.minibatch]) }
}
