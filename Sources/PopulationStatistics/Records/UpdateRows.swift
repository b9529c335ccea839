import Names
import Tensors

/// Reads the records of one stack of an `UpdateCollection` in blocks, from the first to the last.
public protocol UpdateRows: AnyObject {
  /// The next records.
  ///
  /// - Precondition: At least this number of records is left.
  /// - Throws: An error of reading.
  func next(_ count: Int) throws -> UpdateStack
}

extension UpdateCollection {
  /// The records of a form, from the first to the last, with only some statistics.
  ///
  /// This default implementation keeps all records of the form in memory.
  ///
  /// - Throws: An error of reading.
  public func rows(of index: Int, keeping statistics: Set<UpdateSet.Statistic>) throws -> any UpdateRows {
    StackRows(
      try stack(at: index).keeping(
        mean: statistics.contains(.mean), standardDeviation: statistics.contains(.standardDeviation)))
  }
}

/// Gives the rows of a stack that is in memory.
final class StackRows: UpdateRows {
  private let stack: UpdateStack
  private var position = 0

  init(_ stack: UpdateStack) { self.stack = stack }

  func next(_ count: Int) -> UpdateStack {
    defer { position += count }
    return stack.rows(position..<position + count)
  }
}

/// Reads the union of the rows of several stacks, row by row in the order of the union.
final class UnionRows: UpdateRows {
  private let form: UpdateStack.Form
  private let union: RowUnion
  private let parts: [any UpdateRows]
  private let minibatches: [Minibatch]
  private var position = 0
  private var partPositions: [Int]

  /// - Parameters:
  ///   - form: The form of the union, with the kept statistics.
  ///   - union: The rows of the union. The rows of each part must be in the same order.
  init(_ form: UpdateStack.Form, _ union: RowUnion, _ parts: [any UpdateRows], _ minibatches: [Minibatch]) {
    self.form = form
    self.union = union
    self.parts = parts
    self.minibatches = minibatches
    partPositions = Array(repeating: 0, count: parts.count)
  }

  func next(_ count: Int) throws -> UpdateStack {
    let range = position..<position + count
    position = range.upperBound
    var stacks: [UpdateStack] = []
    var targets: [[Int]] = []
    for (part, own) in union.targets.enumerated() {
      let start = partPositions[part]
      let end = start + own[start...].prefix { $0 < range.upperBound }.count
      guard end > start else { continue }
      partPositions[part] = end
      stacks.append(try parts[part].next(end - start))
      targets.append(own[start..<end].map { $0 - range.lowerBound })
    }
    var form = form
    form.minibatches = Array(form.minibatches[range])
    return try UpdateStack(
      uniting: stacks, as: form, RowUnion(minibatches: form.minibatches, targets: targets), minibatches)
  }
}

extension UpdateStack {
  /// The number of values in a block of rows: 8 MiB in double precision.
  static var blockElementCount: Int { 1 << 20 }

  /// A stack of the rows in a range.
  func rows(_ range: Range<Int>) -> UpdateStack {
    guard range != form.minibatches.indices else { return self }
    func part<Value>(_ values: [Value], _ length: Int) -> [Value] {
      Array(values[range.lowerBound * length..<range.upperBound * length])
    }
    return UpdateStack(
      checked: form.keeping(rows: Array(range)), counts: part(counts, form.stepCount),
      mean: mean.map { part($0, form.rowLength) }, standardDeviation: standardDeviation.map { part($0, form.rowLength) }
    )
  }

  /// All rows of a form, read in blocks.
  ///
  /// - Parameter elements: The elements of each example to keep; nil for all.
  init(reading rows: any UpdateRows, as form: Form, elements: Range<Int>? = nil) throws {
    let rowCount = form.minibatches.count
    let blockRowCount = max(1, UpdateStack.blockElementCount / max(1, form.rowLength))
    guard rowCount > blockRowCount || elements != nil else {
      self = try rows.next(rowCount)
      return
    }
    var counts: [Int64] = []
    var mean: [Double] = []
    var deviation: [Double] = []
    var sources: [String?] = []
    let size = form.exampleShape.elementCount
    var form = form
    if let elements { form.exampleShape = [elements.count] }
    counts.reserveCapacity(rowCount * form.stepCount)
    mean.reserveCapacity(form.hasMean ? rowCount * form.rowLength : 0)
    deviation.reserveCapacity(form.hasStandardDeviation ? rowCount * form.rowLength : 0)
    for start in stride(from: 0, to: rowCount, by: blockRowCount) {
      let block = try rows.next(min(blockRowCount, rowCount - start))
      counts += block.counts
      mean.append(block.mean ?? [], elements, of: size)
      deviation.append(block.standardDeviation ?? [], elements, of: size)
      sources += block.form.minibatches.indices.map { block.form.sources[$0] }
    }
    self.init(
      checked: form, counts: counts, mean: form.hasMean ? mean : nil,
      standardDeviation: form.hasStandardDeviation ? deviation : nil)
    self.form.sources = RowSources(sources)
  }
}

extension [Double] {
  /// Appends values, or only some elements of each run of elements.
  fileprivate mutating func append(_ values: [Double], _ elements: Range<Int>?, of size: Int) {
    guard let elements else { return append(contentsOf: values) }
    for start in stride(from: 0, to: values.count, by: size) {
      append(contentsOf: values[start + elements.lowerBound..<start + elements.upperBound])
    }
  }
}
