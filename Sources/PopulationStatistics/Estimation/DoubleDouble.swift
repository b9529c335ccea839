/// The unevaluated sum of two doubles, with `high` the sum rounded to nearest. It has about 106 significant bits.
///
/// Statistics are estimated in this type and rounded once. So the cancellation between a large mean and a small deviation does
/// not cost any digits of the result. The algorithms and their error bounds (u = 2⁻⁵³) are those of Joldes, Muller, Popescu,
/// "Tight and rigorous error bounds for basic building blocks of double-word arithmetic" (2017), and for the square root of
/// Lefèvre et al. (2023). The range is that of `Double`. Near the subnormal numbers, low words are lost. Callers prevent this by
/// scaling with powers of two.
struct DoubleDouble: Hashable, Sendable {
  /// The value rounded to double precision.
  let high: Double
  /// The rounding error of `high`: at most half a unit in its last place.
  let low: Double

  init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  /// An exact double.
  init(_ value: Double) { self.init(high: value, low: 0) }

  /// An integer without rounding. Its two halves have 32 bits each.
  init(_ value: Int64) {
    let upper = Double(value >> 32) * 4_294_967_296
    self.init(exactSumOf: upper, Double(value & 0xFFFF_FFFF))
  }

  /// The exact sum a + b (two-sum, Knuth).
  init(exactSumOf a: Double, _ b: Double) {
    let sum = a + b
    let bPart = sum - a
    self.init(high: sum, low: (a - (sum - bPart)) + (b - bPart))
  }

  /// The exact product a · b, by a fused multiplication and addition.
  init(exactProductOf a: Double, _ b: Double) {
    let product = a * b
    self.init(high: product, low: (-product).addingProduct(a, b))
  }

  /// The exact sum a + b if |a| ≥ |b| or a = 0 (fast two-sum, Dekker).
  private init(orderedSumOf a: Double, _ b: Double) {
    let sum = a + b
    self.init(high: sum, low: b - (sum - a))
  }

  static let zero = DoubleDouble(high: 0, low: 0)
  static let one = DoubleDouble(high: 1, low: 0)

  static prefix func - (x: DoubleDouble) -> DoubleDouble { DoubleDouble(high: -x.high, low: -x.low) }

  /// The sum, with a relative error of at most 3u² (+ O(u³)), even if the operands cancel.
  static func + (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let highs = DoubleDouble(exactSumOf: x.high, y.high)
    let lows = DoubleDouble(exactSumOf: x.low, y.low)
    let partial = DoubleDouble(orderedSumOf: highs.high, highs.low + lows.high)
    return DoubleDouble(orderedSumOf: partial.high, lows.low + partial.low)
  }

  /// The difference, with the error bound of the sum.
  static func - (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble { x + -y }

  /// The product, with a relative error of at most 4u².
  static func * (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let product = DoubleDouble(exactProductOf: x.high, y.high)
    let crossed = (x.low * y.low).addingProduct(x.high, y.low).addingProduct(x.low, y.high)
    return DoubleDouble(orderedSumOf: product.high, product.low + crossed)
  }

  /// The quotient, with a relative error of at most 15u².
  static func / (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let quotient = x.high / y.high
    let product = y * DoubleDouble(quotient)
    let remainder = (x.high - product.high) + (x.low - product.low)
    return DoubleDouble(orderedSumOf: quotient, remainder / y.high)
  }

  /// The square root of a value that is not negative, with a relative error of at most 25/8 u².
  func squareRoot() -> DoubleDouble {
    guard high > 0 else { return .zero }
    let root = high.squareRoot()
    let remainder = high.addingProduct(-root, root) + low
    return DoubleDouble(orderedSumOf: root, remainder / (2 * root))
  }

  /// The value times a power of two. It is exact unless the result leaves the range of normal doubles.
  func scaled(by powerOfTwo: Double) -> DoubleDouble {
    DoubleDouble(high: high * powerOfTwo, low: low * powerOfTwo)
  }

  /// The value rounded once to single precision.
  ///
  /// If `high` is exactly halfway between two singles, rounding it would lose the side of halfway on which the value lies. So the
  /// value is first rounded to odd (Boldo, Melquiond): the last bit of this double keeps the side.
  var single: Float {
    guard low != 0, high.significandBitPattern & 1 == 0 else { return Float(high) }
    return Float(low > 0 ? high.nextUp : high.nextDown)
  }
}
