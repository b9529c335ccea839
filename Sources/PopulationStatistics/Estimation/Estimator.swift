/// How population statistics are made from the statistics of minibatches.
///
/// Below, record i has n_i observations of an element, mean m_i, standard deviation s_i = sqrt(v_i + ε). At every time
/// step a record without observations there takes no part.
public enum Estimator: Hashable, Sendable {
  /// The law of total variance, exact where all records belong to the same parameters: μ = Σ n_i m_i / N,
  /// σ² = Σ n_i v_i / N + Σ n_i (m_i − μ)² / N, with v_i = max(s_i² − ε, 0) and N = Σ n_i.
  ///
  /// A weight multiplies its record's n_i.
  case pooled
  /// The mean of the m_i and the mean of the s_i as they stand, each record counting the same, or by its weight.
  case meanOfStatistics
  /// The mean of the m_i and sqrt(mean of the v_i + ε), each record counting the same; nothing for the differences
  /// between the means (Cooijmans et al., "Recurrent Batch Normalization", arXiv 1603.09025).
  case paper
  /// r ← (1 − α) r + α s over means and standard deviations in recorded order, α being `decay`, 0 < α ≤ 1.
  ///
  /// α is 1 − momentum of Keras, Flax and ONNX, and the momentum of PyTorch. The order is ascending `sequence`, then
  /// batch, parameters digest and application. r starts at the model's population statistics where they were ever
  /// estimated, else at the first record.
  case movingAverage(decay: Double)

  /// The names that `init(name:decay:)` takes.
  public static let names = ["pooled", "mean-of-statistics", "paper", "moving-average"]

  /// The name in files and on command lines.
  public var name: String {
    switch self {
    case .pooled: "pooled"
    case .meanOfStatistics: "mean-of-statistics"
    case .paper: "paper"
    case .movingAverage: "moving-average"
    }
  }

  /// The estimator of a name.
  ///
  /// - Throws: `StatisticsError` with code `.invalidOption` for an unknown name, a moving average without a decay above 0
  ///   and at most 1, another estimator with a decay.
  public init(name: String, decay: Double? = nil) throws(StatisticsError) {
    if name == "moving-average" {
      guard let decay else {
        throw StatisticsError(.invalidOption, "moving-average needs a decay above 0 and at most 1")
      }
      self = .movingAverage(decay: decay)
      try checkDecay()
      return
    }
    switch name {
    case "pooled": self = .pooled
    case "mean-of-statistics": self = .meanOfStatistics
    case "paper": self = .paper
    default:
      throw StatisticsError(
        .invalidOption, "no estimator is called \"\(name)\"; there are \(Self.names.joined(separator: ", "))")
    }
    guard decay == nil else {
      throw StatisticsError(.invalidOption, "\(name) takes no decay; only moving-average does")
    }
  }

  /// Whether records may be weighted.
  public var acceptsWeights: Bool { self == .pooled || self == .meanOfStatistics }

  func checkDecay() throws(StatisticsError) {
    guard case .movingAverage(let decay) = self, !(decay > 0 && decay <= 1) else { return }
    throw StatisticsError(.invalidOption, "the decay of moving-average is \(decay), not above 0 and at most 1")
  }
}
