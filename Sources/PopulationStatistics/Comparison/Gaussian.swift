import Platform

/// The normal distribution N(μ, σ²) that a normalization assumes for the values of one channel.
///
/// σ is the stored standard deviation sqrt(biased variance + ε). It includes ε, like the divisor in inference.
public struct Gaussian: Hashable, Sendable {
  /// The mean μ.
  public let mean: Double
  /// The standard deviation σ, which includes ε.
  public let standardDeviation: Double

  /// Creates a distribution with the given parameters.
  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Whether the parameters are valid: both numbers are finite, and σ is above 0.
  public var isValid: Bool { mean.isFinite && standardDeviation.isFinite && standardDeviation > 0 }

  /// The shift |μA − μB| / σB, with A this distribution.
  public func meanShift(to other: Gaussian) -> Double { abs(mean - other.mean) / other.standardDeviation }

  /// The ratio log(σB / σA), with A this distribution. It is above 0 if B is wider.
  public func logarithmicRatio(to other: Gaussian) -> Double {
    let excess = (other.standardDeviation - standardDeviation) / standardDeviation
    // For large changes, take two logarithms, because the ratio may exceed the range of a double.
    return abs(excess) < 0.5 ? log1p(excess) : log(other.standardDeviation) - log(standardDeviation)
  }

  /// The Kullback-Leibler divergence KL(A‖B) in nats, with A this distribution and B the other one.
  ///
  /// KL(A‖B) = log(σB / σA) + (σA² + (μA − μB)²) / (2 σB²) − ½ (Kullback and Leibler, "On information and sufficiency", 1951).
  public func divergence(from other: Gaussian) -> Double {
    let shift = meanShift(to: other)
    // With u = σA²/σB² − 1, the divergence is ½ (u − log(1 + u)) + ½ shift². This form keeps its digits if the distributions are
    // close.
    let ratio = standardDeviation / other.standardDeviation
    let excess = (standardDeviation - other.standardDeviation) / other.standardDeviation * (ratio + 1)
    let spread = excess > -0.5 && excess.isFinite ? excess - log1p(excess) : excess + 2 * logarithmicRatio(to: other)
    return max(0, spread / 2 + shift * shift / 2)
  }
}
