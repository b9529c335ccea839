import Platform

/// A floating-point type for computations, with the transcendental functions of the C library in this type.
protocol FloatingElement: BinaryFloatingPoint {
  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
  static func power(_ base: Self, _ exponent: Self) -> Self
  static func errorFunction(_ x: Self) -> Self
}

extension Float: FloatingElement {
  @inline(__always) static func exponential(_ x: Float) -> Float { expf(x) }
  @inline(__always) static func logarithm(_ x: Float) -> Float { logf(x) }
  @inline(__always) static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
  @inline(__always) static func power(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
  @inline(__always) static func errorFunction(_ x: Float) -> Float { erff(x) }
}

extension Double: FloatingElement {
  @inline(__always) static func exponential(_ x: Double) -> Double { exp(x) }
  @inline(__always) static func logarithm(_ x: Double) -> Double { log(x) }
  @inline(__always) static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  @inline(__always) static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
  @inline(__always) static func errorFunction(_ x: Double) -> Double { erf(x) }
}

extension FloatingElement {
  /// The logistic function 1 / (1 + e⁻ˣ). It uses the exponential of -|x|, so it never overflows, and small results keep their
  /// digits.
  @inline(__always)
  static func logistic(_ x: Self) -> Self {
    let decay = exponential(-abs(x))
    return (x < 0 ? decay : 1) / (1 + decay)
  }

  /// The function max(x, 0); NaN stays NaN.
  @inline(__always)
  static func rectified(_ x: Self) -> Self { x <= 0 ? 0 : x }

  /// The larger operand, or NaN if one is NaN (unlike `Swift.max` and IEEE 754 maxNum).
  @inline(__always)
  static func maximumOrNaN(_ left: Self, _ right: Self) -> Self {
    left >= right || left.isNaN ? left : right
  }

  /// The smaller operand, or NaN if one is NaN.
  @inline(__always)
  static func minimumOrNaN(_ left: Self, _ right: Self) -> Self {
    left <= right || left.isNaN ? left : right
  }
}
