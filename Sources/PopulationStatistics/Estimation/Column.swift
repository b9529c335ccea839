/// The statistics of one element at one time step in all records that are used, and the estimators for them.
///
/// Numbers are scaled by powers of two before they are squared, so that no square leaves the range of doubles. The results are
/// scaled back. Sums run in the order of the records, which the caller makes canonical.
struct Column {
  /// m_i, or empty.
  var means: [Double] = []
  /// s_i = sqrt(v_i + ε), or empty.
  var deviations: [Double] = []
  /// n_i.
  var counts: [Int64] = []
  /// The weight of each record, and the sum of the weights.
  var weights: [DoubleDouble] = []
  var totalWeight = DoubleDouble.zero
  var epsilon = 0.0

  /// A value and the power of two that multiplies it.
  struct Scaled {
    var value: DoubleDouble
    var powerOfTwo: Double

    init(value: DoubleDouble, powerOfTwo: Double) {
      self.value = value
      self.powerOfTwo = powerOfTwo
    }

    /// An unscaled double.
    init(_ value: Double) { self.init(value: DoubleDouble(value), powerOfTwo: 1) }

    var double: Double { value.scaled(by: powerOfTwo).high }
    var single: Float { value.scaled(by: powerOfTwo).single }
  }

  /// The weighted mean Σ w_i x_i / Σ w_i.
  func weightedMean(of values: [Double]) -> Scaled {
    let scale = Self.powerOfTwo(near: values.lazy.map(\.magnitude).max() ?? 0)
    var sum = CancellingSum()
    for index in values.indices {
      sum.add(weights[index] * DoubleDouble(values[index] / scale))
    }
    return Scaled(value: sum.value / totalWeight, powerOfTwo: scale)
  }

  /// The deviation sqrt(Σ w_i v_i / Σ w_i + ε). If a mean is given, Σ w_i (m_i − μ)² / Σ w_i is added under the root.
  func rootOfMeanVariance(between mean: Scaled?) -> Scaled {
    var differences: [DoubleDouble] = []
    var largestDifference = 0.0
    if let mean {
      differences = means.map { DoubleDouble($0 / mean.powerOfTwo) - mean.value }
      largestDifference = differences.lazy.map(\.high.magnitude).max() ?? 0
    }
    let largest = max(
      deviations.max() ?? 0, epsilon.squareRoot(), largestDifference * (mean?.powerOfTwo ?? 1))
    let scale = Self.powerOfTwo(near: largest)
    let scaledEpsilon = DoubleDouble(epsilon / scale / scale)
    let differenceFactor = Self.quotient(mean?.powerOfTwo ?? 1, scale)
    var sum = DoubleDouble.zero
    for index in deviations.indices {
      let deviation = deviations[index] / scale
      var variance = DoubleDouble(exactProductOf: deviation, deviation) - scaledEpsilon
      if variance.high < 0 { variance = .zero }
      if !differences.isEmpty {
        let difference = differences[index].scaled(by: differenceFactor)
        variance = variance + difference * difference
      }
      sum = sum + weights[index] * variance
    }
    return Scaled(value: (sum / totalWeight + scaledEpsilon).squareRoot(), powerOfTwo: scale)
  }

  /// The moving average r ← (1 − α) r + α x over the values. r begins at `start`, or at the first value if `start` is nil.
  func movingAverage(of values: [Double], smoothingFactor: Double, start: Double?) -> Scaled {
    let scale = Self.powerOfTwo(near: max(values.lazy.map(\.magnitude).max() ?? 0, start?.magnitude ?? 0))
    let new = DoubleDouble(smoothingFactor)
    let old = DoubleDouble.one - new
    var result = DoubleDouble((start ?? values.first ?? 0) / scale)
    for value in start == nil ? values.dropFirst() : values[...] {
      result = old * result + new * DoubleDouble(value / scale)
    }
    return Scaled(value: result, powerOfTwo: scale)
  }

  /// The deviation sqrt(r + ε), with the moving average r ← (1 − α) r + α v over the variances, or over v n / (n − 1) with
  /// Bessel's correction. r begins at the variance of the deviation `start`, or at 1 if `start` is nil.
  func rootOfMovingVariance(smoothingFactor: Double, besselCorrection: Bool, start: Double?) -> Scaled {
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
    return Scaled(value: (result + scaledEpsilon).squareRoot(), powerOfTwo: scale)
  }

  /// The power of two below a magnitude, limited so that it and its inverse are normal numbers; 1 for 0.
  private static func powerOfTwo(near magnitude: Double) -> Double {
    guard magnitude > 0 else { return 1 }
    return Double(sign: .plus, exponent: min(max(Int(magnitude.exponent), -1000), 1000), significand: 1)
  }

  /// The quotient a / b, limited to the normal numbers.
  ///
  /// Beyond this range, one of the two magnitudes does not matter next to the other.
  private static func quotient(_ a: Double, _ b: Double) -> Double {
    let exponent = Int(a.exponent) - Int(b.exponent)
    return Double(sign: .plus, exponent: min(max(exponent, -1000), 1000), significand: 1)
  }
}
