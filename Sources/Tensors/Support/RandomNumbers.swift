/// A stream of pseudo-random numbers that is the same on every machine. It is SplitMix64 (Steele, Lea and Flood, 2014), started
/// from a seed and the name of the stream. It uses only operations whose results IEEE 754 defines to the last bit.
package struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64
  private var spareNormal: Double?

  package init(seed: UInt64, stream: String) {
    let name = Digest(of: "\(seed)\n\(stream)").description.prefix(16)
    state = UInt64(name, radix: 16) ?? seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
  package mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A standard normal number, by Marsaglia's polar method.
  package mutating func nextNormal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let first = 2 * nextUniform() - 1
      let second = 2 * nextUniform() - 1
      let square = first * first + second * second
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * RandomNumbers.naturalLogarithm(square) / square).squareRoot()
      spareNormal = second * factor
      return first * factor
    }
  }

  /// The natural logarithm of a positive normal number, to about 1 ulp. Unlike the result of the C library, this result does not
  /// depend on the version of a library.
  ///
  /// For x = 2ᵏ(1 + f) with |f| < 0.42, ln x = k ln 2 + f − f²/2 + r (f²/2 + Σ 2 r²ⁿ / (2n + 1)), with r = f / (2 + f). This is
  /// the series of 2 artanh r = ln (1 + f). In place of the first terms, the formula has f, which is exact.
  package static func naturalLogarithm(_ value: Double) -> Double {
    var exponent = Double(value.exponent)
    var significand = value.significand
    if significand > 1.414_213_562_373_095_1 {
      significand /= 2
      exponent += 1
    }
    let excess = significand - 1
    let ratio = excess / (2 + excess)
    let square = ratio * ratio
    var sum = 0.0
    for divisor in stride(from: 25.0, through: 3, by: -2) { sum = (sum + 2 / divisor) * square }
    let halfSquare = excess * excess / 2
    // The constant ln 2 has two parts. The first part has so few bits that its product with the exponent is exact.
    let small = exponent * 0x1.473de6af278edp-34 + ratio * (halfSquare + sum)
    return exponent * 0x1.62e42fef00000p-1 + (excess - (halfSquare - small))
  }
}
