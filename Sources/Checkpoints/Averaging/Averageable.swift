/// A type of numbers in which checkpoints store parameters.
protocol Averageable: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// Averages a range of elements: Σ coefficient · element / total, rounded once.
  ///
  /// - Returns: Whether all results are finite.
  static func average(
    _ inputs: [(elements: UnsafeMutablePointer<Self>, coefficient: Double)], over total: Double, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Self>
  ) -> Bool
}

extension Float: Averageable {
  /// The sums are in double precision.
  static func average(
    _ inputs: [(elements: UnsafeMutablePointer<Float>, coefficient: Double)], over total: Double, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { sums in
      let count = range.count
      guard let sum = sums.baseAddress, let result = results.baseAddress.map({ $0 + range.lowerBound }) else {
        return true
      }
      sum.initialize(repeating: 0, count: count)
      for (elements, coefficient) in inputs {
        let element = elements + range.lowerBound
        for index in 0..<count { sum[index] += coefficient * Double(element[index]) }
      }
      // A sum of finite numbers is finite, and a sum with a number that is not finite is not. So checking the results is enough.
      var exponents: UInt32 = 0
      for index in 0..<count {
        let value = Float(sum[index] / total)
        result[index] = value
        exponents = max(exponents, value.bitPattern & 0x7F80_0000)
      }
      return exponents != 0x7F80_0000
    }
  }
}

extension Double: Averageable {
  /// The sums are in twice double precision: each sum and product with its rounding error (Dekker, "A floating-point technique
  /// for extending the available precision", 1971).
  /// extending the available precision", 1971).
  static func average(
    _ inputs: [(elements: UnsafeMutablePointer<Double>, coefficient: Double)], over total: Double, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Double>
  ) -> Bool {
    var isFinite = true
    for index in range {
      var sum = 0.0
      var rest = 0.0
      for (elements, coefficient) in inputs {
        let product = coefficient * elements[index]
        let productError = coefficient == 1 ? 0 : (-product).addingProduct(coefficient, elements[index])
        let next = sum + product
        let part = next - sum
        rest += (sum - (next - part)) + (product - part) + productError
        sum = next
      }
      let quotient = (sum + rest) / total
      let remainder = (sum.addingProduct(-quotient, total)) + rest
      let value = remainder.isFinite ? quotient + remainder / total : quotient
      results[index] = value
      isFinite = isFinite && value.isFinite
    }
    return isFinite
  }
}
