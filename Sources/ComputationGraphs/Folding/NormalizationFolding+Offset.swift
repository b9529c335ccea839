import Tensors

extension NormalizationFolding {
  /// The channel of a normalization whose mean is the greatest in units of its deviation.
  public struct Offset: Hashable, Sendable {
    /// The element of the statistics, in row-major order.
    public let channel: Int
    /// |μ| / σ.
    public let ratio: Double
    /// The rounding error that a folded map adds, in units of its normalized inputs.
    ///
    /// It is about |μ| / σ · u, with the unit roundoff u of the weights' type, 2⁻²⁴ (6e-8) for float32. The errors of several inputs
    /// add up.
    public let error: Double

    /// Whether the folded map has fewer exact digits than float16.
    ///
    /// The unit roundoff of float16 is 2⁻¹¹. This is the precision with which networks are commonly run without loss of accuracy. In
    /// float32, the limit is |μ| / σ = 8192. Images and other usual data have a ratio below 100, and a folded map keeps 5 digits.
    public var isLoss: Bool { error >= 0x1p-11 }
  }
}

extension NormalizationFolding.Offset {
  /// The channel that loses the most precision if the normalization is folded into the maps after it; nil if it only subtracts the
  /// mean.
  ///
  /// - Parameter type: The type of the weights.
  init?(of normalization: Normalization, in tensors: TensorStore, type: ScalarType) {
    guard let path = normalization.populationStandardDeviation, let means = tensors[normalization.populationMean],
      let deviations = tensors[path]
    else { return nil }
    let ratios = zip(means.doubles, deviations.doubles).map { abs($0) / $1 }
    guard let (channel, ratio) = ratios.enumerated().max(by: { $0.element < $1.element }) else { return nil }
    self.init(channel: channel, ratio: ratio, error: ratio * (type == .float32 ? 0x1p-24 : 0x1p-53))
  }
}
