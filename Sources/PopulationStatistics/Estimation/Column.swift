/// The statistics of one element at one time step in the used records, and their moving averages.
///
/// Numbers are scaled by powers of two before they are squared, so that no square leaves the range of doubles. The results are
/// scaled back. Sums are in the order of the records. The caller puts the records into a canonical order.
struct Column {
  /// The means m_i; empty if there are none.
  var means: [Double] = []
  /// The deviations s_i = sqrt(v_i + ε); empty if there are none.
  var deviations: [Double] = []
  let epsilon: Double
  /// The numbers of observations n_i.
  let counts: [Int64]

  init(epsilon: Double, counts: [Int64]) {
    self.epsilon = epsilon
    self.counts = counts
  }

  /// The moving average r ← (1 − α) r + α x of the values, from a start or from the first value.
  func movingAverage(of values: [Double], smoothingFactor: Double, start: Double?) -> DoubleDouble {
    let scale = Self.powerOfTwo(near: max(values.lazy.map(\.magnitude).max() ?? 0, start?.magnitude ?? 0))
    let new = DoubleDouble(smoothingFactor)
    let old = DoubleDouble.one - new
    var result = DoubleDouble((start ?? values.first ?? 0) / scale)
    for value in start == nil ? values.dropFirst() : values[...] {
      result = old * result + new * DoubleDouble(value / scale)
    }
    return result.scaled(by: scale)
  }

  /// The root sqrt(r + ε) of the moving average r ← (1 − α) r + α v of the variances.
  ///
  /// With Bessel's correction, the values v n / (n − 1) are averaged instead of v. It starts from the variance of a given standard
  /// deviation, or from 1 if no deviation is given.
  func rootOfMovingVariance(smoothingFactor: Double, besselCorrection: Bool, start: Double?) -> DoubleDouble {
    let scale = Self.powerOfTwo(near: max(deviations.max() ?? 0, epsilon.squareRoot(), start ?? 1))
    let scaledEpsilon = DoubleDouble(epsilon / scale / scale)
    func variance(of deviation: Double) -> DoubleDouble {
      let variance = DoubleDouble(exactProductOf: deviation / scale, deviation / scale) - scaledEpsilon
      return variance.high < 0 ? .zero : variance
    }
    let new = DoubleDouble(smoothingFactor)
    let old = DoubleDouble.one - new
    var result = start.map(variance) ?? DoubleDouble(1 / scale / scale)
    for (deviation, count) in zip(deviations, counts) {
      var term = new * variance(of: deviation)
      if besselCorrection { term = term * DoubleDouble(count) / DoubleDouble(count - 1) }
      result = old * result + term
    }
    return (result + scaledEpsilon).squareRoot().scaled(by: scale)
  }

  /// The power of two below a magnitude, limited so that it and its inverse are normal numbers; 1 for 0.
  private static func powerOfTwo(near magnitude: Double) -> Double {
    guard magnitude > 0 else { return 1 }
    return Double(sign: .plus, exponent: min(max(Int(magnitude.exponent), -1000), 1000), significand: 1)
  }
}
