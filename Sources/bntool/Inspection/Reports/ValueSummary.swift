import Tensors

/// A tensor's values in a few numbers.
struct ValueSummary: Encodable {
  let minimum: Double?
  let maximum: Double?
  let mean: Double?
  let standardDeviation: Double?
  let notFiniteCount: Int

  private enum CodingKeys: String, CodingKey {
    case minimum, maximum, mean
    case standardDeviation = "standard_deviation"
    case notFiniteCount = "not_finite_count"
  }

  /// Over the finite elements; nil where there are none.
  ///
  /// Sums are of elements divided by the power of two of the greatest, which rounds nothing and keeps squares finite.
  init(_ tensor: Tensor) {
    let values = tensor.doubles
    let finite = values.filter(\.isFinite)
    notFiniteCount = values.count - finite.count
    minimum = finite.min()
    maximum = finite.max()
    guard let minimum, let maximum else {
      (mean, standardDeviation) = (nil, nil)
      return
    }
    let scale = max(abs(minimum), abs(maximum)).binade
    guard scale > 0 else {
      (mean, standardDeviation) = (0, 0)
      return
    }
    let count = Double(finite.count)
    let scaledMean = finite.reduce(0) { $0 + $1 / scale } / count
    mean = scaledMean * scale
    let squares = finite.reduce(0) { $0 + ($1 / scale - scaledMean) * ($1 / scale - scaledMean) }
    standardDeviation = (squares / count).squareRoot() * scale
  }
}
