import Tensors

/// All records of one brick in one array for each statistic. Several applications of a brick follow one another.
struct RecordTable: Sendable {
  /// A record: its minibatch, and where its arrays begin.
  struct Row {
    let minibatch: Int
    /// The place in `counts` of its first step. Values begin at this place times the number of elements of an example.
    let start: Int
    let stepCount: Int
    let stack: Int
  }

  /// What the records look like; nil if there are none.
  let form: UpdateStack.Form?
  let minibatches: [Minibatch]
  /// The records by application, then in the order of recording: the order in which they are summed.
  let rows: [Row]
  let counts: [Int64]
  let mean: [Double]
  let standardDeviation: [Double]
  /// The number of time steps of the longest record.
  let stepCount: Int
  private let forms: [UpdateStack.Form]

  /// - Parameter stepLimit: The number of time steps to leave in.
  init(_ stacks: ArraySlice<UpdateStack>, _ minibatches: [Minibatch], stepLimit: Int?) {
    forms = stacks.map(\.form)
    form = forms.first
    self.minibatches = minibatches
    // One application is by far the commonest: its arrays need no copy.
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
