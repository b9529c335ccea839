import CDNNL

extension Tensor {
  /// The matrix product: `self` (…, M, K) times `right` (K, N) is (…, M, N).
  ///
  /// Leading axes of the left operand are read as further rows. Single precision is computed by oneDNN, which sums in an
  /// order of its own: it depends on the processor and, for a single row, on the number of threads (`OMP_NUM_THREADS`;
  /// seen with oneDNN 2.6, where other extents gave the same bits with 1, 2 and 4 threads). Double precision is computed
  /// here, each element as a sum over k in ascending order; it is the reference that faster code is measured against.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` where the inner extents differ or the ranks do not fit,
  ///   `.typeMismatch` for integers or different types, `.libraryFailure` where oneDNN reports an error.
  /// - Complexity: O(M · K · N)
  public func matrixProduct(with right: Tensor) throws(TensorError) -> Tensor {
    guard shape.rank >= 2, right.shape.rank == 2, let innerCount = shape.dimensions.last, right.shape[0] == innerCount
    else {
      throw TensorError(
        .shapeMismatch,
        "matrix product of shapes \(shape) and \(right.shape): the left needs at least 2 axes, the right exactly 2, and "
          + "the left's last extent must be the right's first")
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
          + "\(right.shape): both must be float32 or both float64")
    }
  }
}

/// The extents of a product of two row-major matrices, (rows, inner) times (inner, columns).
private struct MatrixExtents {
  let rows: Int
  let columns: Int
  let inner: Int

  private var resultCount: Int { rows * columns }

  /// Whether a second thread would take longer to wake, and to spin until the next product, than it saves: a loop of small products
  /// kept all cores busy with waiting, for three quarters of the time. About a tenth of a millisecond of work.
  private var isSmall: Bool {
    let (products, overflow) = resultCount.multipliedReportingOverflow(by: inner)
    return !overflow && products < 1 << 22
  }

  func product(_ left: [Float], _ right: [Float]) throws(TensorError) -> [Float] {
    // oneDNN refuses leading dimensions of 0, and a sum over nothing is 0.
    guard resultCount > 0, inner > 0 else { return [Float](repeating: 0, count: resultCount) }
    let library = cdnnl_find()
    guard library.sgemm != nil else {
      throw TensorError(.libraryFailure, "oneDNN is not installed; install libdnnl-dev, or your system's equivalent")
    }
    var status = dnnl_success
    let result = [Float](unsafeUninitializedCapacity: resultCount) { result, initializedCount in
      status = cdnnl_multiply(
        library, dnnl_dim_t(rows), dnnl_dim_t(columns), dnnl_dim_t(inner), left, right, result.baseAddress,
        isSmall ? 1 : 0)
      initializedCount = status == dnnl_success ? resultCount : 0
    }
    guard status == dnnl_success else {
      throw TensorError(
        .libraryFailure,
        "oneDNN's matrix product of shapes \(rows)×\(inner) and \(inner)×\(columns) failed with status \(status.rawValue)"
      )
    }
    return result
  }

  /// Row by row, adding multiples of the right's rows in ascending order, in blocks of columns that stay in the cache.
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
