import Checkpoints
import Figures
import Names

/// A quantity of which a histogram shows the values over channels (and time steps).
enum Distribution: CaseIterable {
  case deviations, ratios, scales

  /// The quantity on an axis.
  var symbol: String {
    switch self {
    case .deviations: "σ"
    case .ratios: "μ/σ"
    case .scales: "γ"
    }
  }

  /// The values of a normalization; nil if it has none, or if its statistics were never estimated.
  func values(_ normalization: PicturedNormalization) -> [Double]? {
    switch self {
    case .deviations: normalization.isKnown ? normalization.deviation.map(normalization.shown) : nil
    case .ratios: normalization.isKnown ? normalization.ratios : nil
    case .scales: normalization.gamma
    }
  }

  /// The histograms of some normalizations, one below the other; nil if no normalization has values.
  ///
  /// - Parameters:
  ///   - other: The file whose figure gets the same axes.
  ///   - subject: The subject of the figure; empty if the page names it.
  func figure(of bricks: [Name], in file: PicturedFile, beside other: PicturedFile? = nil, subject: String = "")
    -> Figure?
  {
    let rows = bricks.map { brick in
      let own = file[brick]
      return Ridges.Row(
        brick.text, own.flatMap(values) ?? [], ink: self == .scales ? .series(0) : own?.ink ?? .muted,
        peer: other?[brick].flatMap(values) ?? [])
    }
    guard rows.contains(where: { !$0.values.isEmpty }) else { return nil }
    let floor = bricks.count == 1 && self == .deviations ? file[bricks[0]]?.series.epsilon.squareRoot() ?? 0 : 0
    return Ridges(
      title: "\(symbol) over channels", subject: subject, quantity: symbol, rows: rows,
      reference: floor > 0 ? (floor, "sqrt(ε)") : nil
    ).figure()
  }
}

extension PicturedNormalization {
  /// The colour of the statistics in histograms.
  fileprivate var ink: Ink {
    switch state {
    case .estimated: series.deadChannels.isEmpty ? .series(0) : .caution
    case .trainingAverage: .series(0)
    case .stale: namesParameters ? .bad : .caution
    case .neverEstimated: isFromPairs ? .series(0) : .bad
    }
  }
}
