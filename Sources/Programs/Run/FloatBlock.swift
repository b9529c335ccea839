import Platform

/// A block of floats that begins at a cache line. Otherwise, a vector of 16 numbers would lie in two cache lines.
final class FloatBlock: Sendable {
  /// The number of floats in a cache line.
  static let lineCount = 16

  // The address never changes. Constants are written before their program is shared, and only one run at a time borrows an arena.
  nonisolated(unsafe) let start: UnsafeMutablePointer<Float>

  /// A block of numbers that are not initialized.
  init(count: Int) {
    let byteCount = max(count, 1) * MemoryLayout<Float>.stride
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: byteCount, alignment: Self.lineCount * MemoryLayout<Float>.stride)
    Platform.Memory.preferLargePages(for: bytes)
    guard let first = bytes.bindMemory(to: Float.self).baseAddress else {
      preconditionFailure("a block has at least one number")
    }
    start = first
  }

  deinit { start.deallocate() }
}
