/// Random matrices with orthonormal rows or columns, the same on every machine.
enum OrthogonalMatrix {
  /// A random row-major matrix. A square matrix is uniformly distributed. A matrix of another shape is the product of the first
  /// columns of one square matrix and the first rows of a second one (Saxe, McClelland and Ganguli, arXiv 1312.6120).
  static func random(rows: Int, columns: Int, _ generator: inout RandomNumbers) -> [Double] {
    // Column-major, so that the columns of Q are contiguous in memory.
    let left = square(rows, &generator)
    guard rows != columns else { return transposed(left, rows) }
    let right = transposed(square(columns, &generator), columns)
    var product = [Double](repeating: 0, count: rows * columns)
    for inner in 0..<min(rows, columns) {
      for row in 0..<rows {
        let factor = left[inner * rows + row]
        for column in 0..<columns { product[row * columns + column] += factor * right[inner * columns + column] }
      }
    }
    return product
  }

  /// The Q of the QR decomposition of a Gaussian matrix that is drawn row by row. It is column-major, and the diagonal of R is
  /// positive.
  ///
  /// This is modified Gram–Schmidt, carried out twice, which makes Q orthonormal to rounding (Giraud et al., 2005). The diagonal
  /// of R is positive because it holds the norms. The computation uses only sums, products, quotients and square roots, in a
  /// fixed order.
  private static func square(_ extent: Int, _ generator: inout RandomNumbers) -> [Double] {
    var columns = transposed((0..<extent * extent).map { _ in generator.nextNormal() }, extent)
    columns.withUnsafeMutableBufferPointer { columns in
      for column in 0..<extent {
        let target = column * extent
        for _ in 0..<2 {
          for earlier in 0..<column {
            var projection = 0.0
            for row in 0..<extent { projection += columns[earlier * extent + row] * columns[target + row] }
            for row in 0..<extent { columns[target + row] -= projection * columns[earlier * extent + row] }
          }
        }
        var square = 0.0
        for row in 0..<extent { square += columns[target + row] * columns[target + row] }
        let norm = square.squareRoot()
        for row in 0..<extent { columns[target + row] /= norm }
      }
    }
    return columns
  }

  private static func transposed(_ matrix: [Double], _ extent: Int) -> [Double] {
    (0..<matrix.count).map { matrix[$0 % extent * extent + $0 / extent] }
  }
}

extension RandomNumbers {
  /// A random subset of 0 ..< `total` in random order (Fisher and Yates). All subsets are equally likely.
  mutating func nextSubset(of total: Int, count: Int) -> [Int] {
    var numbers = Array(0..<total)
    for position in 0..<count {
      numbers.swapAt(position, position + Int(nextUniform() * Double(total - position)))
    }
    return Array(numbers.prefix(count))
  }
}
