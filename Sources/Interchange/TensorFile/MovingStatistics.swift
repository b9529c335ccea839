import Tensors

/// The moving statistics of a batch normalization in the form of other frameworks: mean and variance, without ε.
package struct MovingStatistics {
  /// The moving mean.
  package let mean: Tensor
  /// The moving variance.
  package let variance: Tensor

  /// Creates moving statistics from a mean and a variance.
  package init(mean: Tensor, variance: Tensor) { (self.mean, self.variance) = (mean, variance) }

  /// Whether the statistics have the initial values of training: all means 0, all variances 1.
  package var areInitial: Bool {
    mean.doubles.allSatisfy { $0 == 0 } && variance.doubles.allSatisfy { $0 == 1 }
  }

  /// The reason why the statistics are meaningless with this ε; nil if they have a meaning.
  package func problem(epsilon: Double) -> String? {
    if !mean.doubles.allSatisfy(\.isFinite) { return "has a mean that is not finite" }
    guard variance.doubles.allSatisfy({ $0.isFinite && $0 + epsilon > 0 }) else {
      return "has a variance that is not above −ε = \(-epsilon), or that is not finite"
    }
    return nil
  }

  /// The standard deviation √(variance + ε), in double precision and the shape of the variance.
  package func deviation(epsilon: Double) throws(TensorError) -> Tensor {
    try Tensor(variance.doubles.map { ($0 + epsilon).squareRoot() }, shape: variance.shape)
  }
}
