import CKernels
import Tensors

/// Multiplies rows by a matrix that was packed when the program was planned.
struct Product: Instruction {
  /// The left matrix. Its last axis is contiguous, and its rows are evenly spaced.
  let left: ArrayView
  /// The packed matrix.
  let right: ArrayView
  let columnCount: Int
  let result: ArrayView

  var reads: [ArrayView] { [left, right] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    guard let rows = left.rows else { return }
    let (numbers, packed, target) = (memory[left], memory[right], memory[result])
    concurrentRanges(of: rows.count, ofMultiplications: rows.count * rows.length * columnCount) { range in
      ck_multiply(
        numbers + range.lowerBound * rows.stride, rows.stride, packed, range.count, rows.length, columnCount,
        target + range.lowerBound * columnCount, columnCount)
    }
  }
}

/// Multiplies rows by a matrix that the program computes.
struct UnpackedProduct: Instruction {
  let left: ArrayView
  let right: ArrayView
  let result: ArrayView

  var reads: [ArrayView] { [left, right] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    guard let rows = left.rows, let columnCount = right.dimensions.last else { return }
    ck_multiply_unpacked(
      memory[left], rows.stride, memory[right], rows.count, rows.length, columnCount, memory[result], columnCount)
  }
}
