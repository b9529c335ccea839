import Names
import Tensors

/// The union of the rows of several stacks of one application.
struct RowUnion: Sendable {
  /// The minibatch of each row, ascending.
  let minibatches: [Int]
  /// For each row of each stack, its row in the union.
  let targets: [[Int]]

  /// A union that was already computed.
  init(minibatches: [Int], targets: [[Int]]) {
    self.minibatches = minibatches
    self.targets = targets
  }

  /// The union of lists of minibatches. Each list has the minibatches of one stack's rows.
  ///
  /// - Complexity: O(n log n) comparisons of integers, O(n) for a few ascending runs.
  init(_ runs: [[Int]]) {
    // The upper half is the minibatch and the lower half is the row, so a comparison of integers sorts both.
    var keys: [UInt64] = []
    keys.reserveCapacity(runs.reduce(0) { $0 + $1.count })
    for run in runs { for minibatch in run { keys.append(UInt64(minibatch) << 32 | UInt64(keys.count)) } }
    keys.sort()
    var united: [Int] = []
    united.reserveCapacity(keys.count)
    var flat = [Int](repeating: 0, count: keys.count)
    for key in keys {
      let minibatch = Int(key >> 32)
      if united.last != minibatch { united.append(minibatch) }
      flat[Int(key & 0xFFFF_FFFF)] = united.count - 1
    }
    minibatches = united
    var start = 0
    targets = runs.map { run in
      defer { start += run.count }
      return Array(flat[start..<start + run.count])
    }
  }
}

extension UpdateStack.Form {
  /// The reason why rows do not fit other rows of the same brick, with advice; nil if they fit.
  func difference(from first: UpdateStack.Form) -> (problem: String, advice: String)? {
    let advice = "these records belong to different models; merge only records of the same model"
    if exampleShape != first.exampleShape {
      return ("per-example shapes \(first.exampleShape) and \(exampleShape)", advice)
    }
    if hasTimeSteps != first.hasTimeSteps {
      return (hasTimeSteps ? "no time steps and time steps" : "time steps and no time steps", advice)
    }
    if epsilon != first.epsilon { return ("epsilon \(first.epsilon) and epsilon \(epsilon)", advice) }
    if hasMean != first.hasMean || hasStandardDeviation != first.hasStandardDeviation {
      return ("\(first.keptStatistics) and \(keptStatistics)", "extract both with the same statistics")
    }
    return nil
  }

  /// Checks that the records of each brick have one form.
  ///
  /// - Parameter forms: Forms in ascending order of bricks.
  /// - Throws: `StatisticsError` with code `.conflict` that names brick, batches and sources.
  package static func check(_ forms: some Sequence<UpdateStack.Form>, _ minibatches: [Minibatch])
    throws(StatisticsError)
  {
    var first: UpdateStack.Form?
    for form in forms {
      if let first, first.brick == form.brick { try form.check(against: first, minibatches) } else { first = form }
    }
  }

  /// Checks that rows fit the first rows of their brick.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` that names brick, batches and sources.
  private func check(against first: UpdateStack.Form, _ minibatches: [Minibatch]) throws(StatisticsError) {
    guard let (problem, advice) = difference(from: first) else { return }
    func place(_ form: UpdateStack.Form) -> String {
      "\(form.sources.description(of: 0)) (batch \"\(minibatches[form.minibatches[0]].batch)\")"
    }
    throw StatisticsError(.conflict, "\(brick): \(problem) in \(place(first)) and \(place(self)): \(advice)")
  }
}

extension UpdateStack {
  /// The union of stacks whose forms were checked.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` that names brick, batch and both sources, if a record has different values.
  /// - Complexity: O(values).
  init(
    uniting stacks: [UpdateStack], as form: Form, _ rows: RowUnion, _ minibatches: [Minibatch]
  ) throws(StatisticsError) {
    if stacks.count == 1, stacks[0].form.stepCount == form.stepCount,
      rows.targets[0].elementsEqual(rows.minibatches.indices)
    {
      self = stacks[0]
      let sources = self.form.sources
      self.form = form
      self.form.sources = sources
      return
    }
    let rowCount = form.minibatches.count
    // Every row is copied, so the array needs zeros only if some rows have missing steps.
    let isPadded = stacks.contains { $0.form.stepCount < form.stepCount }
    var counts: [Int64] = .places(rowCount * form.stepCount, isPadded)
    var mean: [Double] = form.hasMean ? .places(rowCount * form.rowLength, isPadded) : []
    var deviation: [Double] = form.hasStandardDeviation ? .places(rowCount * form.rowLength, isPadded) : []
    var sources = [String?](repeating: nil, count: rowCount)
    var isFilled = [Bool](repeating: false, count: rowCount)
    for (stack, targets) in zip(stacks, rows.targets) {
      let isRepeated = targets.map { target in
        defer { isFilled[target] = true }
        return isFilled[target]
      }
      let place = RowPlacement(targets: targets, isRepeated: isRepeated)
      let differences = [
        place.copy(stack.counts, to: &counts, stack.form.stepCount, form.stepCount),
        place.copy(stack.mean ?? [], to: &mean, stack.form.rowLength, form.rowLength),
        place.copy(stack.standardDeviation ?? [], to: &deviation, stack.form.rowLength, form.rowLength),
      ]
      if let row = differences.compactMap({ $0 }).min() {
        let other = sources[targets[row]] ?? "a record without a source"
        throw Self.conflict(stack, row, form.identity(of: minibatches[form.minibatches[targets[row]]]), other)
      }
      for (row, target) in targets.enumerated() {
        let (source, other) = (stack.form.sources[row], sources[target])
        if !isRepeated[row] || source.map({ Name($0) }).precedes(other.map { Name($0) }) { sources[target] = source }
      }
    }
    self.init(
      checked: form, counts: counts, mean: form.hasMean ? mean : nil,
      standardDeviation: form.hasStandardDeviation ? deviation : nil)
    self.form.sources = RowSources(sources)
  }

  private static func conflict(
    _ stack: UpdateStack, _ row: Int, _ identity: UpdateRecord.Identity, _ other: String
  ) -> StatisticsError {
    StatisticsError(
      .conflict,
      "\(identity) has different values in \(other) and \(stack.form.sources.description(of: row)), "
        + "computed with the same parameters (\(identity.parametersDigest?.description ?? "digest unknown")): "
        + "use only one of these two sources, or record the batches under different names")
  }
}

/// For each row of a stack, its place in the union, and whether this place already has a row.
private struct RowPlacement {
  let targets: [Int]
  let isRepeated: [Bool]

  /// Copies rows to their places, and compares a row with the row that is already in its place. Missing steps of a shorter row
  /// are 0. Returns the first row that differs from the row in its place.
  func copy<Value: BitwiseCopyable & Equatable & AdditiveArithmetic>(
    _ source: [Value], to target: inout [Value], _ length: Int, _ targetLength: Int
  ) -> Int? {
    guard !target.isEmpty else { return nil }
    var different: Int?
    source.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        for (row, place) in targets.enumerated() {
          let values = UnsafeBufferPointer<Value>(rebasing: source[row * length..<(row + 1) * length])
          let places = UnsafeMutableBufferPointer<Value>(
            rebasing: target[place * targetLength..<(place + 1) * targetLength])
          if !isRepeated[row] {
            _ = places.update(fromContentsOf: values)
          } else if different == nil, !RowPlacement.isSame(values, places) {
            different = row
          }
        }
      }
    }
    return different
  }

  private static func isSame<Value: Equatable & AdditiveArithmetic>(
    _ values: UnsafeBufferPointer<Value>, _ longer: UnsafeMutableBufferPointer<Value>
  ) -> Bool {
    longer.starts(with: values) && longer[values.count...].allSatisfy { $0 == .zero }
  }
}

extension Array where Element: BitwiseCopyable & AdditiveArithmetic {
  /// An array for numbers, filled with zeros or not initialized.
  fileprivate static func places(_ count: Int, _ areZero: Bool) -> [Element] {
    areZero
      ? [Element](repeating: .zero, count: count)
      : [Element](unsafeUninitializedCapacity: count) { _, initializedCount in initializedCount = count }
  }
}
