/// A stream of pseudo-random numbers that is the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014), started from a
/// seed and the name of the stream, and arithmetic that IEEE 754 fixes to the bit.
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64
  private var spareNormal: Double?

  init(seed: UInt64, stream: String) {
    let name = Digest(of: "\(seed)\n\(stream)").description.prefix(16)
    state = UInt64(name, radix: 16) ?? seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Uniform on [0, 1), a multiple of 2⁻⁵³.
  mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Marsaglia's polar method.
  mutating func nextNormal() -> Double {
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

  /// The natural logarithm of a positive normal number by ln m = 2 artanh((m − 1) / (m + 1)), to about 2 ulp. The C library's may
  /// differ in the last bit from one version to the next; this cannot.
  static func naturalLogarithm(_ value: Double) -> Double {
    var exponent = Double(value.exponent)
    var significand = value.significand
    if significand > 1.414_213_562_373_095_1 {
      significand /= 2
      exponent += 1
    }
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var sum = 0.0
    for divisor in stride(from: 25.0, through: 3, by: -2) { sum = (sum + 1 / divisor) * square }
    return exponent * 0.693_147_180_559_945_3 + 2 * ratio * (1 + sum)
  }
}
