import CKernels

extension Tensor {
  /// The matrix product (…, M, N) of this tensor (…, M, K) and `right` (K, N).
  ///
  /// All leading axes of the left operand together count as rows. Each element is a sum over k in ascending order. So equal rows have
  /// exactly equal products. Neither other rows nor the number of threads have an influence. In single precision, the processor
  /// decides whether a product and its addition are rounded once (fused multiply-add) or twice. Double precision is the reference
  /// for faster code.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the inner extents differ or the ranks do not fit, or `.typeMismatch` for
  ///   integers or different types.
  /// - Complexity: O(M · K · N)
  public func matrixProduct(with right: Tensor) throws(TensorError) -> Tensor {
    guard shape.rank >= 2, right.shape.rank == 2, let innerCount = shape.dimensions.last, right.shape[0] == innerCount
    else {
      throw TensorError(
        .shapeMismatch,
        "matrix product of shapes \(shape) and \(right.shape) is not possible: the left needs at least 2 axes, the right "
          + "exactly 2, and the left's last extent must be the right's first")
    }
    let columnCount = right.shape[1]
    let leading = Array(shape.dimensions.dropLast())
    let result = try Shape(checking: leading + [columnCount])
    let rowCount = try Shape(checking: leading).elementCount
    try result.checkFitsMemory(as: type)
    let extents = MatrixExtents(rows: rowCount, columns: columnCount, inner: innerCount)
    switch (storage, right.storage) {
    case (.float32(let left), .float32(let right)):
      return try Tensor(extents.product(left, right), shape: result)
    case (.float64(let left), .float64(let right)):
      return try Tensor(extents.product(left, right), shape: result)
    default:
      throw TensorError(
        .typeMismatch,
        "matrix product of a \(type.rawValue) tensor of shape \(shape) and a \(right.type.rawValue) tensor of shape "
          + "\(right.shape) is not possible: both must be float32 or both float64")
    }
  }
}

/// The extents of a product of two row-major matrices (rows, inner) and (inner, columns).
private struct MatrixExtents {
  let rows: Int
  let columns: Int
  let inner: Int

  private var resultCount: Int { rows * columns }

  /// The least number of rows for which packing the right matrix saves time.
  private static let fewestRowsToPack = 8

  func product(_ left: [Float], _ right: [Float]) -> [Float] {
    let packed =
      rows < MatrixExtents.fewestRowsToPack
      ? nil
      : [Float](unsafeUninitializedCapacity: ck_packed_count(inner, columns)) { packed, count in
        ck_pack(right, inner, columns, packed.baseAddress)
        count = packed.count
      }
    return [Float](unsafeUninitializedCapacity: resultCount) { result, initializedCount in
      left.withUnsafeBufferPointer { left in
        concurrentRanges(of: rows, ofMultiplications: resultCount.multipliedReportingOverflow(by: inner).partialValue) {
          range in
          let start = result.baseAddress.map { $0 + range.lowerBound * columns }
          let numbers = left.baseAddress.map { $0 + range.lowerBound * inner }
          if let packed {
            ck_multiply(numbers, inner, packed, range.count, inner, columns, start, columns, nil)
          } else {
            ck_multiply_unpacked(numbers, inner, right, range.count, inner, columns, start, columns)
          }
        }
      }
      initializedCount = resultCount
    }
  }

  /// Computes row by row: it adds multiples of the right's rows in ascending order, in blocks of columns that stay in the cache.
  func product(_ left: [Double], _ right: [Double]) -> [Double] {
    let blockWidth = 256
    let blockDepth = 64
    var result = [Double](repeating: 0, count: resultCount)
    result.withUnsafeMutableBufferPointer { result in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          for firstColumn in stride(from: 0, to: columns, by: blockWidth) {
            let width = min(blockWidth, columns - firstColumn)
            for firstDepth in stride(from: 0, to: inner, by: blockDepth) {
              for row in 0..<rows {
                let target = row * columns + firstColumn
                for depth in firstDepth..<min(firstDepth + blockDepth, inner) {
                  let factor = left[row * inner + depth]
                  let source = depth * columns + firstColumn
                  for column in 0..<width { result[target + column] += factor * right[source + column] }
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
