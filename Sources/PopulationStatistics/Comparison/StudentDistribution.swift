import Platform

/// Student's t distribution: the distribution of a mean, divided by its standard error, if the standard error is itself estimated.
///
/// The probability that |t| exceeds a number is the regularized incomplete beta function I_x(ν/2, 1/2) with x = ν / (ν + t²), for ν
/// degrees of freedom (NIST Handbook of Mathematical Functions, 8.17; Abramowitz and Stegun, 26.7.1).
struct StudentDistribution: Sendable {
  /// The number of degrees of freedom ν, at least 1. An error estimated from K batches has K − 1 of them.
  let degreesOfFreedom: Int

  /// The number that |t| exceeds with the given probability, which is above 0 and below 1.
  ///
  /// The relative error is below 1e-11 for up to 100,000 degrees of freedom and probabilities from 1e-15 to 0.5.
  ///
  /// - Complexity: O(degrees of freedom) time.
  func criticalValue(twoSided probability: Double) -> Double {
    let logarithmOfRatio = logarithmOfGammaRatio
    func isAbove(_ t: Double) -> Bool { tail(beyond: t, logarithmOfRatio) > probability }
    var (low, high) = (0.0, 1.0)
    while isAbove(high), high < 0x1p500 { (low, high) = (high, 2 * high) }
    // Each step halves the interval, so that after 60 steps only neighbouring numbers are left.
    for _ in 0..<60 {
      let middle = low + (high - low) / 2
      if isAbove(middle) { low = middle } else { high = middle }
    }
    return high
  }

  /// The probability that |t| exceeds a number that is at least 0.
  func tail(beyond t: Double) -> Double { tail(beyond: t, logarithmOfGammaRatio) }

  private func tail(beyond t: Double, _ logarithmOfRatio: Double) -> Double {
    let nu = Double(degreesOfFreedom)
    let square = t * t / nu
    // x = 1 / (1 + t²/ν), and y = 1 − x without cancellation.
    let (x, y) = (1 / (1 + square), square / (1 + square))
    let (a, b) = (nu / 2, 0.5)
    // x^a y^b / B(a, b), with B(a, 1/2) = √π Γ(a) / Γ(a + 1/2).
    let factor = exp(-a * log1p(square) + logarithmOfRatio) * (y / .pi).squareRoot()
    return x < (a + 1) / (a + b + 2)
      ? factor * StudentDistribution.fraction(x, a, b) / a : 1 - factor * StudentDistribution.fraction(y, b, a) / b
  }

  /// The logarithm of Γ(a + 1/2) / Γ(a) for a = ν/2, by the recurrence Γ(a + 1) = a Γ(a).
  private var logarithmOfGammaRatio: Double {
    var a = degreesOfFreedom.isMultiple(of: 2) ? 1.0 : 0.5
    // Γ(1) / Γ(1/2) = 1/√π, and Γ(3/2) / Γ(1) = √π/2.
    var ratio = a == 0.5 ? 1 / Double.pi.squareRoot() : Double.pi.squareRoot() / 2
    while a < Double(degreesOfFreedom) / 2 {
      ratio *= (a + 0.5) / a
      a += 1
    }
    return log(ratio)
  }

  /// The continued fraction of the incomplete beta function (NIST Handbook, 8.17.22), by Lentz's method. It converges quickly for
  /// x < (a + 1) / (a + b + 2).
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    // A denominator of 0 is replaced by a tiny number.
    func nonzero(_ number: Double) -> Double { abs(number) < 1e-300 ? 1e-300 : number }
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...10_000 {
      let m = Double(step)
      for coefficient in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 / nonzero(1 + coefficient * d)
        c = nonzero(1 + coefficient / c)
        result *= d * c
      }
      if abs(d * c - 1) < 1e-16 { break }
    }
    return result
  }
}
