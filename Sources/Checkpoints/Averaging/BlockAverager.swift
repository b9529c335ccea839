import ComputationGraphs
import Platform
import Tensors

/// Averages tensors block by block. Several threads first read and hash a block of each file, and then sum parts of the blocks.
struct BlockAverager: Sendable {
  /// The memory limit for the blocks of all files together.
  private static let memoryByteCount = 8 << 20
  /// The number of elements that a thread sums at a time. The elements and their sums fit into the L1 cache.
  private static let partElementCount = 2048
  /// The number of bytes of a tensor below which a single thread averages it, because starting another thread would take longer.
  private static let smallByteCount = 1 << 17

  private let inputs: [(file: AveragingInputs.File, coefficient: Double)]
  private let total: Double
  private let threads: Int

  /// - Parameter coefficients: The coefficient of each file. A file with coefficient 0 is not read.
  init(_ inputs: AveragingInputs, coefficients: [Double], threads: Int) {
    self.inputs = zip(inputs.files, coefficients).filter { $0.1 > 0 }.map { ($0, $1) }
    total = coefficients.reduce(0, +)
    self.threads = threads
  }

  /// Passes the average of a floating-point tensor to a sink.
  ///
  /// - Throws: `CheckpointError` if a file cannot be read, or with code `.unsuitable` if a number is not finite; the errors of
  ///   the sink.
  func average(_ entry: Contents.Entry, to sink: TensorSink) throws {
    switch entry.type {
    case .float16: try average(entry, as: HalfFloat.self, to: sink)
    case .bfloat16: try average(entry, as: BrainFloat.self, to: sink)
    case .float32: try average(entry, as: Float.self, to: sink)
    default: try average(entry, as: Double.self, to: sink)
    }
  }

  private func average<Element: Averageable>(_ entry: Contents.Entry, as type: Element.Type, to sink: TensorSink) throws
  {
    let count = Shape(entry.shape).elementCount
    let blockCount = min(
      count, max(Self.memoryByteCount / MemoryLayout<Element>.stride / (inputs.count + 1), Self.partElementCount))
    let threads = entry.byteCount < Self.smallByteCount ? 1 : threads
    let blocks = try inputs.map { file, coefficient in
      try Block<Element>(entry.path, file, coefficient: coefficient, capacity: blockCount)
    }
    let output = UnsafeMutableBufferPointer<Element>.allocate(capacity: blockCount)
    defer { output.deallocate() }
    // Only one thread writes each part, and the parts are read only after all threads have ended.
    nonisolated(unsafe) let results = output
    for start in stride(from: 0, to: count, by: max(blockCount, 1)) {
      let length = min(blockCount, count - start)
      _ = try blocks.indices.concurrentMap(threads: threads) { (index) throws(CheckpointError) in
        try blocks[index].read(length)
      }
      let partCount = length.dividedRoundingUp(by: Self.partElementCount)
      let areFinite = (0..<partCount).concurrentMap(threads: threads) { part in
        let range = part * Self.partElementCount..<min((part + 1) * Self.partElementCount, length)
        return Element.average(blocks.map { ($0.elements, $0.coefficient) }, over: total, range, into: results)
      }
      if !areFinite.allSatisfy({ $0 }) { throw notFinite(entry, blocks, from: start, length) }
      try sink(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: output[..<length])))
    }
  }

  /// The error for a block with an average that is not finite.
  private func notFinite<Element: Averageable>(
    _ entry: Contents.Entry, _ blocks: [Block<Element>], from start: Int, _ length: Int
  ) -> CheckpointError {
    for block in blocks {
      for index in 0..<length where !block.elements[index].number.isFinite {
        return CheckpointError(
          .unsuitable,
          "element \(start + index) is \(block.elements[index].number), which cannot be averaged; leave this checkpoint out, or "
            + "do not select this parameter",
          file: block.file, object: entry.path)
      }
    }
    return CheckpointError(
      .unsuitable, "the average is beyond the range of \(entry.type.rawValue)", file: blocks[0].file, object: entry.path
    )
  }
}

/// A block of elements of one tensor, read from one of the files to average.
// Only one thread reads a block at a time. Other threads use its elements after that thread has ended.
private final class Block<Element: Averageable>: @unchecked Sendable {
  let elements: UnsafeMutablePointer<Element>
  let coefficient: Double
  let file: String
  private var reader: TensorReader

  init(_ path: Name, _ file: AveragingInputs.File, coefficient: Double, capacity: Int) throws(CheckpointError) {
    guard let entry = file.checkpoint.entry(path) else {
      throw CheckpointError(.unsuitable, "is missing", file: file.checkpoint.name, object: path)
    }
    reader = try file.checkpoint.comparedReader(of: entry)
    elements = .allocate(capacity: capacity)
    self.coefficient = coefficient
    self.file = file.checkpoint.name
  }

  deinit { elements.deallocate() }

  func read(_ count: Int) throws(CheckpointError) {
    try reader.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: elements, count: count)))
  }
}
