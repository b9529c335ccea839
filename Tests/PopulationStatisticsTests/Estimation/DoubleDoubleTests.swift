import Testing

@testable import PopulationStatistics

@Suite("Double-double arithmetic")
struct DoubleDoubleTests {
  @Test(
    "an integer of 63 bits is exact",
    arguments: [
      (Int64.max, 0x1p63, -1.0), (Int64.min, -0x1p63, 0), (9_007_199_254_740_993, 0x1p53, 1),
      (-9_007_199_254_740_993, -0x1p53, -1), (0, 0, 0), (-1, -1, 0),
    ])
  func integers(value: Int64, high: Double, low: Double) {
    let converted = DoubleDouble(value)
    #expect(converted.high == high)
    #expect(converted.low == low)
  }

  @Test("a product of doubles keeps all 106 bits")
  func exactProduct() {
    // (2⁵² + 1)² = 2¹⁰⁴ + 2⁵³ + 1
    let product = DoubleDouble(exactProductOf: 0x1p52 + 1, 0x1p52 + 1)
    #expect(product.high == 0x1p104 + 0x1p53)
    #expect(product.low == 1)
  }

  @Test("a sum that cancels keeps what a double would lose")
  func cancellation() {
    let sum = DoubleDouble(1e16) + DoubleDouble(1.0) - DoubleDouble(1e16)
    #expect(sum == DoubleDouble(1.0))
  }

  @Test("quotients and roots multiply back to 100 bits")
  func inverses() {
    let third = DoubleDouble(1.0) / DoubleDouble(3.0)
    #expect(abs((third * DoubleDouble(3.0) - DoubleDouble(1.0)).high) < 0x1p-100)
    let root = DoubleDouble(2.0).squareRoot()
    #expect(abs((root * root - DoubleDouble(2.0)).high) < 0x1p-100)
    #expect(DoubleDouble(0.0).squareRoot() == DoubleDouble(0.0))
  }

  @Test("rounding to single precision happens once", arguments: [1.0, -1.0])
  func singleRounding(sign: Double) {
    // Halfway between two singles, then a little above and below: 1 + 2⁻²⁴ ± 2⁻⁸⁰.
    let halfway = 1 + 0x1p-24
    #expect(DoubleDouble(exactSumOf: sign * halfway, 0).single == Float(sign))
    #expect(DoubleDouble(exactSumOf: sign * halfway, sign * -0x1p-80).single == Float(sign))
    #expect(DoubleDouble(exactSumOf: sign * halfway, sign * 0x1p-80).single == Float(sign * (1 + 0x1p-23)))
    let odd = 1 + 3 * 0x1p-24
    #expect(DoubleDouble(exactSumOf: sign * odd, 0).single == Float(sign * (1 + 0x1p-22)))
    #expect(DoubleDouble(exactSumOf: sign * odd, sign * -0x1p-80).single == Float(sign * (1 + 0x1p-23)))
  }
}
