import Figures
import PopulationStatistics

/// Pictures of the drift between stored statistics and the statistics of data, with standard errors.
enum DriftDots {
  /// One figure for the means, and one for the deviations if there are any.
  ///
  /// - Parameters:
  ///   - bound: The greatest accepted drift.
  static func figures(_ drifts: [StatisticDrift], bound: Double, suffix: String = "") -> [Figure] {
    func figure(_ title: String, _ quantity: String, _ statistic: (StatisticDrift) -> StatisticDrift.Difference?)
      -> Figure?
    {
      // Infinite differences have no place on the axis. The table shows them.
      func difference(_ drift: StatisticDrift) -> StatisticDrift.Difference? {
        statistic(drift).flatMap { $0.isInfinite ? nil : $0 }
      }
      let differences = drifts.compactMap(difference)
      // With few batches, the limit of chance is thousands of standard errors. A line of this length would hide everything else.
      let extent = 1.25 * (differences.map { abs($0.value) + $0.standardError } + [bound]).reduce(0, max)
      let rows = drifts.compactMap { drift -> Intervals.Row? in
        guard let difference = difference(drift) else { return nil }
        let (value, error) = (difference.value, difference.standardError)
        let margin = difference.significantErrorCount * error
        return Intervals.Row(
          drift.brick.text, value, inner: (value - error, value + error),
          outer: (max(value - margin, -extent), min(value + margin, extent)),
          ink: difference.isSignificant && abs(value) > bound ? .bad : .series(0),
          note: Formatting.place(channel: difference.channel, step: difference.step))
      }
      guard !rows.isEmpty else { return nil }
      return Intervals(
        title: title + (suffix.isEmpty ? "" : ", \(suffix)"), quantity: quantity,
        legend: "worst channel ± 1 standard error; thin: what can be chance", rows: rows, bound: bound,
        columns: ["normalization", "difference", "− 1 error", "+ 1 error", "", ""]
      ).figure()
    }
    return [
      figure("Means: data against stored statistics", "Δμ/σ (without σ: Δμ)") { $0.mean },
      figure("Deviations: data against stored statistics", "log σ-ratio") { $0.standardDeviation },
    ].compactMap { $0 }
  }
}
