import Tensors

/// A summary of a tensor's values.
struct ValueSummary: Encodable {
  let minimum: Double?
  let maximum: Double?
  let mean: Double?
  let standardDeviation: Double?
  let notFiniteCount: Int

  /// Summarizes the finite elements. If no element is finite, the numbers are nil.
  ///
  /// The elements are first divided by a power of two near the greatest element. The division is exact and keeps the squares
  /// finite.
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
