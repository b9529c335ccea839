import Platform

/// The normal distribution N(μ, σ²) that a normalization assumes for the values of one channel.
///
/// σ is the stored standard deviation, sqrt(biased variance + ε): ε is inside, as it is in what inference divides by.
public struct Gaussian: Hashable, Sendable {
  /// μ.
  public let mean: Double
  /// σ, ε inside.
  public let standardDeviation: Double

  /// A distribution from its parameters.
  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Whether there is such a distribution: both numbers finite, σ above 0.
  public var isValid: Bool { mean.isFinite && standardDeviation.isFinite && standardDeviation > 0 }

  /// |μA − μB| / σB, where A is this distribution.
  public func meanShift(to other: Gaussian) -> Double { abs(mean - other.mean) / other.standardDeviation }

  /// log(σB / σA), where A is this distribution: above 0 where B is wider.
  public func logarithmicRatio(to other: Gaussian) -> Double {
    let excess = (other.standardDeviation - standardDeviation) / standardDeviation
    // Beyond small changes two logarithms, since the ratio may be beyond what a double holds.
    return abs(excess) < 0.5 ? log1p(excess) : log(other.standardDeviation) - log(standardDeviation)
  }

  /// KL(A‖B) = log(σB / σA) + (σA² + (μA − μB)²) / (2 σB²) − ½ in nats, where A is this distribution
  /// (Kullback and Leibler, "On information and sufficiency", 1951).
  public func divergence(from other: Gaussian) -> Double {
    let shift = meanShift(to: other)
    // With u = σA²/σB² − 1 it is ½ (u − log(1 + u)) + ½ shift², which keeps its digits where the distributions are close.
    let ratio = standardDeviation / other.standardDeviation
    let excess = (standardDeviation - other.standardDeviation) / other.standardDeviation * (ratio + 1)
    let spread = excess > -0.5 && excess.isFinite ? excess - log1p(excess) : excess + 2 * logarithmicRatio(to: other)
    return max(0, spread / 2 + shift * shift / 2)
  }
}
