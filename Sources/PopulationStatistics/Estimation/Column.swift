/// The statistics of one element at one time step in the used records, and their moving averages.
///
/// Numbers are scaled by powers of two before they are squared, so that no square leaves the range of doubles. The results are
/// scaled back. Numbers are added in the order of the records. The caller puts the records into a canonical order.
struct Column {
  /// The means m_i; empty if the records have no means.
  var means: [Double] = []
  /// The deviations s_i = sqrt(v_i + ε); empty if the records have no deviations.
  var deviations: [Double] = []
  let epsilon: Double
  /// The numbers of observations n_i.
  let counts: [Int64]

  init(epsilon: Double, counts: [Int64]) {
    self.epsilon = epsilon
    self.counts = counts
  }

  /// The moving average r ← (1 − α) r + α x of the values x. It begins at `start`, or at the first value if `start` is nil.
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
  /// With Bessel's correction, the values v n / (n − 1) are averaged instead of v. The average begins at the variance of the
  /// standard deviation `start`, or at 1 if `start` is nil.
  func rootOfMovingVariance(smoothingFactor: Double, besselCorrection: Bool, start: Double?) -> DoubleDouble {
    let scale = Self.powerOfTwo(near: max(deviations.max() ?? 0, epsilon.squareRoot(), start ?? 1))
    let scaledEpsilon = DoubleDouble(epsilon / scale / scale)
    func scaledVariance(of deviation: Double) -> DoubleDouble {
      exactVarianceWithoutEpsilon(of: deviation / scale, epsilon: scaledEpsilon)
    }
    let new = DoubleDouble(smoothingFactor)
    let old = DoubleDouble.one - new
    var result = start.map(scaledVariance) ?? DoubleDouble(1 / scale / scale)
    for (deviation, count) in zip(deviations, counts) {
      var term = new * scaledVariance(of: deviation)
      if besselCorrection { term = term * DoubleDouble(count) / DoubleDouble(count - 1) }
      result = old * result + term
    }
    return (result + scaledEpsilon).squareRoot().scaled(by: scale)
  }

  /// The power of two below a magnitude, limited so that the power and its inverse are normal numbers; 1 for a magnitude of 0.
  private static func powerOfTwo(near magnitude: Double) -> Double {
    guard magnitude > 0 else { return 1 }
    return Double(sign: .plus, exponent: min(max(Int(magnitude.exponent), -1000), 1000), significand: 1)
  }
}
