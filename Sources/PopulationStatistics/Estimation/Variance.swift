/// The variance v without ε of a standard deviation s = sqrt(v + ε). Rounding can make s² less than ε; then v is 0.
package func varianceWithoutEpsilon(of deviation: Double, epsilon: Double) -> Double {
  max(deviation * deviation - epsilon, 0)
}

/// The variance without ε of a standard deviation, with the square in full.
func exactVarianceWithoutEpsilon(of deviation: Double, epsilon: DoubleDouble) -> DoubleDouble {
  let variance = DoubleDouble(exactProductOf: deviation, deviation) - epsilon
  return variance.high < 0 ? .zero : variance
}
