/// Random matrices with orthonormal rows or columns, the same on every machine.
enum OrthogonalMatrix {
  /// A square matrix, uniformly distributed; for another shape the first columns of one times the first rows of a second, as
  /// Saxe, McClelland and Ganguli (arXiv 1312.6120) start deep networks. Row-major.
  static func random(rows: Int, columns: Int, _ generator: inout RandomNumbers) -> [Double] {
    // Held by columns, so that the columns of Q lie side by side in memory.
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

  /// Q of the QR decomposition of a Gaussian matrix drawn row by row, with the diagonal of R positive; column-major.
  ///
  /// Modified Gram–Schmidt, carried out twice, which leaves Q orthonormal to rounding (Giraud et al., 2005). That R's diagonal is
  /// positive comes by itself: it holds the norms. Only sums, products, quotients and square roots occur, in a fixed order.
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
  /// Some of the numbers 0 ..< `total`, each subset equally likely, in random order (Fisher and Yates).
  mutating func nextSubset(of total: Int, count: Int) -> [Int] {
    var numbers = Array(0..<total)
    for position in 0..<count {
      numbers.swapAt(position, position + Int(nextUniform() * Double(total - position)))
    }
    return Array(numbers.prefix(count))
  }
}
