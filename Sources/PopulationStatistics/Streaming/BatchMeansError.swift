/// The standard errors of pooled statistics, estimated from the differences between batches (the method of batch means).
///
/// The method assumes that batches are independent. Observations within one batch may depend on each other. Let batches i = 1…K
/// have n_i observations, means m_i and biased variances v_i, pooled to μ and σ² over N observations. Then
///
///     SE(μ)²  = K/(K−1) Σ (n_i/N)² (m_i − μ)²
///     SE(σ²)² = K/(K−1) Σ (n_i/N)² (v_i + (m_i − μ)² − σ²)²,        SE(s) = SE(σ²) / 2s  for s = sqrt(σ² + ε)
///
/// The sums are over differences from the first batch's mean. So one pass is enough, and a large mean does not cost precision.
struct BatchMeansError: Sendable {
  /// The number of batches so far.
  private(set) var batchCount = 0
  private let origin: [Double]
  private var sums: [Sums]
  private var sumOfSquaredCounts = 0.0

  /// Σ n² d, n² u, n² d², n² d u, n² u², with d = m − origin and u = v + d².
  private struct Sums: Sendable {
    var d = 0.0
    var u = 0.0
    var dd = 0.0
    var du = 0.0
    var uu = 0.0
  }

  /// The sums before the first batch. The means of the first batch are the origin of all differences.
  init(origin: some Collection<Double>) {
    self.origin = Array(origin)
    sums = [Sums](repeating: Sums(), count: origin.count)
  }

  /// Adds a batch, with the mean and the biased variance of each element.
  mutating func observe(count: Int64, means: ArraySlice<Double>, variances: ArraySlice<Double>?) {
    let weight = Double(count) * Double(count)
    batchCount += 1
    sumOfSquaredCounts += weight
    for element in sums.indices {
      let d = means[means.startIndex + element] - origin[element]
      let u = d * d + (variances.map { $0[$0.startIndex + element] } ?? 0)
      sums[element].d += weight * d
      sums[element].u += weight * u
      sums[element].dd += weight * d * d
      sums[element].du += weight * d * u
      sums[element].uu += weight * u * u
    }
  }

  /// The standard errors of an element's pooled mean and variance; nil with fewer than 2 batches.
  func errors(of element: Int, mean: Double, variance: Double, count: Int64) -> (mean: Double, variance: Double)? {
    guard batchCount >= 2 else { return nil }
    let (sums, weights) = (sums[element], sumOfSquaredCounts)
    let shift = mean - origin[element]
    let second = variance + shift * shift
    let dd = sums.dd - 2 * shift * sums.d + shift * shift * weights
    let du = sums.du - shift * sums.u - second * sums.d + shift * second * weights
    let uu = sums.uu - 2 * second * sums.u + second * second * weights
    let scale = (Double(batchCount) / Double(batchCount - 1)).squareRoot() / Double(count)
    // Rounding can turn a sum of 0 into a small negative number.
    let meanError = scale * max(dd, 0).squareRoot()
    let varianceError = scale * max(uu - 4 * shift * du + 4 * shift * shift * dd, 0).squareRoot()
    return (meanError, varianceError)
  }
}
