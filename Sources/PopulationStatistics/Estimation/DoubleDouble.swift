/// The unevaluated sum of two doubles, `high` being the sum rounded to nearest: about 106 significant bits.
///
/// Statistics are estimated in this type and rounded once, so that cancellation between a large mean and a small
/// deviation costs none of the digits of the result. The algorithms and their error bounds (u = 2⁻⁵³) are those of
/// Joldes, Muller, Popescu, "Tight and rigorous error bounds for basic building blocks of double-word arithmetic"
/// (2017), and for the square root of Lefèvre et al. (2023). The range is that of `Double`; low words are lost where
/// results approach the subnormal numbers, which callers prevent by scaling with powers of two.
struct DoubleDouble: Hashable, Sendable {
  /// The value rounded to double precision.
  let high: Double
  /// What the rounding left out: at most half a unit in the last place of `high`.
  let low: Double

  private init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  /// A double, exactly.
  init(_ value: Double) { self.init(high: value, low: 0) }

  /// An integer, exactly: its two halves need 32 bits each.
  init(_ value: Int64) {
    let upper = Double(value >> 32) * 4_294_967_296
    self.init(exactSumOf: upper, Double(value & 0xFFFF_FFFF))
  }

  /// a + b without error (two-sum, Knuth).
  init(exactSumOf a: Double, _ b: Double) {
    let sum = a + b
    let bPart = sum - a
    self.init(high: sum, low: (a - (sum - bPart)) + (b - bPart))
  }

  /// a · b without error, by a fused multiplication and addition.
  init(exactProductOf a: Double, _ b: Double) {
    let product = a * b
    self.init(high: product, low: (-product).addingProduct(a, b))
  }

  /// a + b without error where |a| ≥ |b| or a = 0 (fast two-sum, Dekker).
  private init(orderedSumOf a: Double, _ b: Double) {
    let sum = a + b
    self.init(high: sum, low: b - (sum - a))
  }

  static let zero = DoubleDouble(high: 0, low: 0)
  static let one = DoubleDouble(high: 1, low: 0)

  static prefix func - (x: DoubleDouble) -> DoubleDouble { DoubleDouble(high: -x.high, low: -x.low) }

  /// The sum, relative error at most 3u² (+ O(u³)) even where the operands cancel.
  static func + (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let highs = DoubleDouble(exactSumOf: x.high, y.high)
    let lows = DoubleDouble(exactSumOf: x.low, y.low)
    let partial = DoubleDouble(orderedSumOf: highs.high, highs.low + lows.high)
    return DoubleDouble(orderedSumOf: partial.high, lows.low + partial.low)
  }

  /// The difference, with the error bound of the sum.
  static func - (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble { x + -y }

  /// The product, relative error at most 4u².
  static func * (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let product = DoubleDouble(exactProductOf: x.high, y.high)
    let crossed = (x.low * y.low).addingProduct(x.high, y.low).addingProduct(x.low, y.high)
    return DoubleDouble(orderedSumOf: product.high, product.low + crossed)
  }

  /// The quotient, relative error at most 15u².
  static func / (x: DoubleDouble, y: DoubleDouble) -> DoubleDouble {
    let quotient = x.high / y.high
    let product = y * DoubleDouble(quotient)
    let remainder = (x.high - product.high) + (x.low - product.low)
    return DoubleDouble(orderedSumOf: quotient, remainder / y.high)
  }

  /// The square root of a value that is not negative, relative error at most 25/8 u².
  func squareRoot() -> DoubleDouble {
    guard high > 0 else { return .zero }
    let root = high.squareRoot()
    let remainder = high.addingProduct(-root, root) + low
    return DoubleDouble(orderedSumOf: root, remainder / (2 * root))
  }

  /// The value times a power of two; exact unless the result leaves the range of normal doubles.
  func scaled(by powerOfTwo: Double) -> DoubleDouble {
    DoubleDouble(high: high * powerOfTwo, low: low * powerOfTwo)
  }

  /// The value rounded to single precision, once.
  ///
  /// Rounding `high` would round a second time where it lies just halfway between two singles. So the value is first
  /// rounded to an odd double (Boldo, Melquiond): that keeps, in the last bit, on which side of halfway it lay.
  var single: Float {
    guard low != 0, high.significandBitPattern & 1 == 0 else { return Float(high) }
    return Float(low > 0 ? high.nextUp : high.nextDown)
  }
}

/// A sum whose terms may cancel: rounding errors are summed, and the errors of their sum once more (Ogita, Rump, Oishi,
/// "Accurate sum and dot product", 2005), so that even a sum 2⁵⁰ times smaller than its terms keeps about 100 bits.
struct CancellingSum {
  private var sum = 0.0
  private var errors = 0.0
  private var errorsOfErrors = 0.0

  /// Adds a term.
  mutating func add(_ term: DoubleDouble) {
    let high = DoubleDouble(exactSumOf: sum, term.high)
    let low = DoubleDouble(exactSumOf: errors, term.low)
    let correction = DoubleDouble(exactSumOf: low.high, high.low)
    sum = high.high
    errors = correction.high
    errorsOfErrors += low.low + correction.low
  }

  /// What was added so far.
  var value: DoubleDouble { DoubleDouble(sum) + DoubleDouble(errors) + DoubleDouble(errorsOfErrors) }
}
