import Platform
import PopulationStatistics
import Tensors

/// Reads the records of one group of a checkpoint in blocks, from the first to the last.
final class GroupRows: UpdateRows {
  private let form: UpdateStack.Form
  private let minibatches: [Minibatch]
  private let group: Name
  private let file: String
  private var counts: TensorReader
  private let mean: RowValues?
  private let standardDeviation: RowValues?
  private var position = 0

  /// The rows of a form, with readers of the datasets that it needs.
  init(
    _ form: UpdateStack.Form, _ minibatches: [Minibatch], group: Name, of file: String, counts: consuming TensorReader,
    mean: RowValues?, standardDeviation: RowValues?
  ) {
    self.form = form
    self.minibatches = minibatches
    self.group = group
    self.file = file
    self.counts = counts
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  func next(_ count: Int) throws(CheckpointError) -> UpdateStack {
    var form = form
    form.minibatches = Array(form.minibatches[position..<position + count])
    position += count
    let valueCount = count * form.rowLength
    let statisticCount = (mean == nil ? 0 : 1) + (standardDeviation == nil ? 0 : 1)
    let (byteCount, overflow) = valueCount.multipliedReportingOverflow(by: 8 * statisticCount)
    guard !overflow, Memory.canProvide(byteCount: byteCount) else {
      throw CheckpointError(
        .refused, "this machine does not have memory for \(valueCount) elements", file: file, object: group)
    }
    let counts = try nextCounts(count * form.stepCount)
    let means = try mean?.next(valueCount)
    let deviations = try standardDeviation?.next(valueCount)
    do {
      return try UpdateStack(
        form, counts: counts, mean: means, standardDeviation: deviations, minibatches: minibatches)
    } catch {
      throw CheckpointError(.unsuitable, error.message, file: file, object: group)
    }
  }

  private func nextCounts(_ count: Int) throws(CheckpointError) -> [Int64] {
    guard count > 0 else { return [] }
    guard case .int64(let values)? = try counts.next(atMost: count)?.storage, values.count == count else {
      throw CheckpointError(.malformed, "has too few counts, or counts that are not int64", file: file, object: group)
    }
    return values
  }
}

/// Reads the elements of a dataset of floating-point numbers as doubles.
final class RowValues {
  private static let blockElementCount = 1 << 14
  private var reader: TensorReader
  private let file: String

  init(_ reader: consuming TensorReader, of file: String) {
    self.reader = reader
    self.file = file
  }

  /// The next elements.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` after the last element if the digest differs from the table of contents.
  func next(_ count: Int) throws(CheckpointError) -> [Double] {
    guard count > 0 else { return [] }
    guard reader.entry.type == .float32 else { return try reader.next(atMost: count)?.doubles ?? [] }
    return try CheckpointError.about(file) {
      try [Double](unsafeUninitializedCapacity: count) { doubles, filled in
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: min(count, Self.blockElementCount)) { block in
          while filled < count {
            let floats = UnsafeMutableBufferPointer(rebasing: block.prefix(count - filled))
            try reader.read(into: UnsafeMutableRawBufferPointer(floats))
            for index in 0..<floats.count { doubles[filled + index] = Double(floats[index]) }
            filled += floats.count
          }
        }
      }
    }
  }
}
