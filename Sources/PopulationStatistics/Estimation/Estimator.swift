/// A method that estimates population statistics from the statistics of minibatches.
///
/// In the formulas, record i has n_i observations of an element, mean m_i and standard deviation s_i = sqrt(v_i + ε), with the
/// biased variance v_i. A record without observations at a time step is left out at that step.
public enum Estimator: Hashable, Sendable {
  /// The statistics of all observations together, by the law of total variance.
  ///
  /// μ = Σ n_i m_i / N and σ² = Σ n_i v_i / N + Σ n_i (m_i − μ)² / N + ε, with v_i = max(s_i² − ε, 0) and N = Σ n_i.
  ///
  /// Pooling is exact if all records belong to the same parameters. A weight multiplies its record's n_i.
  case pooled
  /// The means of the m_i and of the v_i: σ = sqrt(mean of the v_i + ε). All records have the same weight. Differences between the
  /// m_i do not increase σ (Cooijmans et al., "Recurrent Batch Normalization", arXiv 1603.09025).
  case meanOfVariances
  /// The means of the m_i and of the s_i. All records have the same weight unless weights are given.
  case meanOfDeviations
  /// The moving average r ← (1 − α) r + α s over means m_i and standard deviations s_i, in recorded order. The smoothing factor α
  /// is the weight of the new value, 0 < α ≤ 1. The recorded order is ascending `sequence`, then batch, parameters digest and
  /// application. r starts at the model's statistics if they were estimated before, otherwise at the first record.
  case movingAverage(smoothingFactor: Double)
  /// The moving average r ← (1 − α) r + α s over means m_i and variances v_i, in recorded order. PyTorch and Keras compute their
  /// running statistics in this way.
  ///
  /// α is PyTorch's `momentum`, and 1 − `momentum` of Keras, Flax and ONNX. With Bessel's correction, the unbiased variances v_i
  /// n_i / (n_i − 1) are averaged, as in PyTorch. Without it, the biased v_i are averaged, as in Keras, Flax and ONNX. r starts
  /// at the model's statistics if they were estimated before, otherwise at mean 0 and variance 1, as in these frameworks.
  case movingVariance(smoothingFactor: Double, besselCorrection: Bool = false)

  /// The names that `init(name:smoothingFactor:besselCorrection:)` takes.
  public static let names = ["pooled", "mean-of-variances", "mean-of-deviations", "moving-average", "moving-variance"]

  /// The name in files and on command lines.
  public var name: String {
    switch self {
    case .pooled: "pooled"
    case .meanOfVariances: "mean-of-variances"
    case .meanOfDeviations: "mean-of-deviations"
    case .movingAverage: "moving-average"
    case .movingVariance: "moving-variance"
    }
  }

  /// Creates the estimator with the given name.
  ///
  /// - Throws: `StatisticsError` with code `.invalidOption` for an unknown name, for a moving estimator without a smoothing factor
  ///   above 0 and at most 1, and for an option that the estimator does not take.
  public init(name: String, smoothingFactor: Double? = nil, besselCorrection: Bool = false) throws(StatisticsError) {
    switch (name, smoothingFactor) {
    case ("pooled", nil): self = .pooled
    case ("mean-of-variances", nil): self = .meanOfVariances
    case ("mean-of-deviations", nil): self = .meanOfDeviations
    case ("moving-average", let factor?): self = .movingAverage(smoothingFactor: factor)
    case ("moving-variance", let factor?):
      self = .movingVariance(smoothingFactor: factor, besselCorrection: besselCorrection)
    case ("moving-average", nil), ("moving-variance", nil):
      throw StatisticsError(.invalidOption, "\(name) needs a smoothing factor, above 0 and at most 1")
    case let (name, _) where Self.names.contains(name):
      throw StatisticsError(
        .invalidOption, "\(name) takes no smoothing factor; only moving-average and moving-variance take one")
    default:
      throw StatisticsError(
        .invalidOption, "no estimator is called \"\(name)\"; the estimators are \(Self.names.joined(separator: ", "))")
    }
    try checkSmoothingFactor()
    if besselCorrection, name != "moving-variance" {
      throw StatisticsError(.invalidOption, "\(name) takes no Bessel correction; only moving-variance takes one")
    }
  }

  /// Whether records may have weights.
  public var acceptsWeights: Bool { self == .pooled || self == .meanOfDeviations }

  /// The weight α of a new record; nil if the estimator is not a moving average.
  public var smoothingFactor: Double? {
    switch self {
    case .movingAverage(let factor), .movingVariance(let factor, _): factor
    case .pooled, .meanOfVariances, .meanOfDeviations: nil
    }
  }

  func checkSmoothingFactor() throws(StatisticsError) {
    guard let smoothingFactor, !(smoothingFactor > 0 && smoothingFactor <= 1) else { return }
    throw StatisticsError(
      .invalidOption, "the smoothing factor of \(name) is \(smoothingFactor); it must be above 0 and at most 1")
  }

  /// Whether variances are multiplied by n / (n − 1) before they are averaged.
  var appliesBesselCorrection: Bool {
    if case .movingVariance(_, let besselCorrection) = self { besselCorrection } else { false }
  }

  /// Checks that the estimator is defined for each step that a record observed.
  ///
  /// - Throws: `StatisticsError` with code `.invalidValues` if Bessel's correction would divide by 0, because a step has a single
  ///   observation.
  func checkCounts(
    _ counts: ArraySlice<Int64>, of identity: @autoclosure () -> UpdateRecord.Identity
  ) throws(StatisticsError) {
    guard appliesBesselCorrection, counts.contains(1) else { return }
    throw StatisticsError(
      .invalidValues,
      "\(identity()): a single observation per element has no unbiased variance; average without Bessel's correction")
  }
}
