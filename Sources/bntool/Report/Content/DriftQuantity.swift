import PopulationStatistics

/// A quantity that tells how far statistics drift from one file to the next.
enum DriftQuantity: CaseIterable {
  case shift, ratio, divergence

  /// The title of a figure.
  var title: String {
    switch self {
    case .shift: "Shift of means"
    case .ratio: "Change of deviations"
    case .divergence: "Divergence"
    }
  }

  /// The quantity on an axis.
  var symbol: String {
    switch self {
    case .shift: "|Δμ|/σ"
    case .ratio: "|log σ-ratio|"
    case .divergence: "KL divergence in nats"
    }
  }

  /// The measure of a distance.
  func measure(_ distance: StatisticDistance) -> StatisticDistance.Measure {
    switch self {
    case .shift: distance.meanShift
    case .ratio: distance.logarithmicRatio
    case .divergence: distance.divergence
    }
  }

  /// The drift of each channel, as the mean over time steps. It is NaN if no step can be compared.
  func sizes(_ left: PicturedNormalization, _ right: PicturedNormalization) -> [Double] {
    let pairs = zip(left.gaussians, right.gaussians).map { before, after -> Double in
      guard before.isValid, after.isValid else { return .nan }
      return switch self {
      case .shift: before.meanShift(to: after)
      case .ratio: abs(before.logarithmicRatio(to: after))
      case .divergence: before.divergence(from: after)
      }
    }
    return (0..<left.channels).map { channel in
      let own = stride(from: channel, to: pairs.count, by: left.channels).map { pairs[$0] }.filter(\.isFinite)
      return own.isEmpty ? .nan : own.reduce(0, +) / Double(own.count)
    }
  }
}

extension StatisticDistance.Measure {
  /// The channel with the greatest value, and its step.
  var place: String { Formatting.place(channel: channel, step: step) }

  /// The greatest value, and its place.
  var worstText: String { worst == 0 ? "0" : "\(Formatting.short(worst)) in \(place)" }

  /// The place of the greatest value, as a note of a figure; empty if all values are 0.
  var note: String { worst == 0 ? "" : "worst: \(place)" }
}
