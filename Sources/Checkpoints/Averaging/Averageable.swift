import Tensors

/// A floating-point type in which checkpoints store parameters.
protocol Averageable: BitwiseCopyable, Sendable {
  /// The number in double precision.
  var number: Double { get }
  /// Averages a range of elements: Σ coefficient · element / total, rounded once.
  ///
  /// - Returns: Whether all results are finite.
  static func average(
    _ inputs: [(elements: UnsafeMutablePointer<Self>, coefficient: Double)], over total: Double, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Self>
  ) -> Bool
}

extension Float: Averageable {
  var number: Double { Double(self) }

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
      // A sum is finite only if all of its numbers are finite. So it is enough to check the results.
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
  var number: Double { self }

  /// The sums have twice the precision of a double: the rounding error of each sum and product is added, too (Dekker, "A
  /// floating-point technique for extending the available precision", 1971).
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

extension Averageable where Self: SixteenBitFloat {
  var number: Double { Double(widened) }

  /// The sums are in double precision, and the result is rounded once.
  static func average(
    _ inputs: [(elements: UnsafeMutablePointer<Self>, coefficient: Double)], over total: Double, _ range: Range<Int>,
    into results: UnsafeMutableBufferPointer<Self>
  ) -> Bool {
    var isFinite = true
    for index in range {
      var sum = 0.0
      for (elements, coefficient) in inputs { sum += coefficient * elements[index].number }
      results[index] = Self(rounding: sum / total)
      isFinite = isFinite && results[index].widened.isFinite
    }
    return isFinite
  }
}

extension HalfFloat: Averageable {}
extension BrainFloat: Averageable {}
