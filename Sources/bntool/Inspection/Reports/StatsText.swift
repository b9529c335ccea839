import Checkpoints
import Messages
import PopulationStatistics

/// The report of `stats` on a checkpoint.
struct StatsText: Report {
  private let summary: StatisticsSummary
  /// The greatest distance of a stationary step from the last observed step.
  private let tolerance: Double

  init(_ checkpoint: borrowing Checkpoint, tolerance: Double) throws {
    summary = try StatisticsSummary(checkpoint, stationaryTolerance: tolerance)
    self.tolerance = tolerance
  }

  func encode(to encoder: any Encoder) throws { try summary.encode(to: encoder) }

  /// The name of the file, and a block of lines for each normalization.
  var lines: [String] {
    guard !summary.normalizations.isEmpty else { return ["\(summary.file): no population statistics"] }
    let names = ShortNames.fitting(summary.normalizations.map(\.brick.text), beside: 0)
    return [summary.file]
      + zip(names, summary.normalizations).flatMap { ["", title(of: $1, named: $0)] + lines(of: $1) }
  }

  private func title(of normalization: StatisticsSummary.Normalization, named name: String) -> String {
    let series = normalization.series
    let steps = series.hasTimeSteps ? " × \(counted(series.steps.count, "step"))" : ""
    return "\(name)  \(counted(series.channelCount, "channel"))\(steps)"
  }

  private func lines(of normalization: StatisticsSummary.Normalization) -> [String] {
    let series = normalization.series
    let origin = InspectReport.StatisticReport(
      state: normalization.state, estimator: normalization.estimator, epsilon: series.epsilon,
      observationCounts: series.steps.map(\.count), records: normalization.records,
      namesParameters: normalization.namesParameters)
    var lines = ["  \(origin.verdict)"]
    if series.hasTimeSteps {
      lines += Columns.table(stepRows(of: series))
      if series.steps.count >= 16 { lines += Columns.aligned(sparklines(of: series)) }
      lines.append("  \(stationarity(of: series))")
    } else {
      lines.append(
        "  μ  \(StatsText.range(series.mean))" + (series.standardDeviation.map { "   σ  \(StatsText.range($0))" } ?? "")
      )
    }
    if !series.unobservedSteps.isEmpty, series.unobservedSteps.count < series.steps.count {
      lines.append(
        "  never observed: \(series.unobservedSteps.count == 1 ? "step" : "steps") \(listedRanges(series.unobservedSteps, limit: 8))"
      )
    }
    if !series.deadChannels.isEmpty {
      let dead = counted(series.deadChannels.count, "dead channel")
      lines.append("  ⚠ \(dead), σ within 1 % of sqrt(ε): \(listedRanges(series.deadChannels, limit: 8))")
    }
    return lines
  }

  private func stationarity(of series: StatisticSeries) -> String {
    series.stationaryStep.map {
      "stationary from step \($0) on, within \(Formatting.exact(tolerance)) of the last observed step"
    }
      ?? "not stationary: no earlier step is within \(Formatting.exact(tolerance)) of the last observed step"
  }

  /// Numbers of all steps as a row of bars, with the least and the greatest number.
  private func sparklines(of series: StatisticSeries) -> [[String]] {
    // The rest of a line has the names and the ranges.
    let width = min(60, max((Terminal.lineWidth ?? 100) - 38, 12))
    let observed = series.steps.map { step in step.count > 0 || series.steps.allSatisfy { $0.count == 0 } ? step : nil }
    func row(_ name: String, _ value: (StatisticSeries.Step) -> Double?) -> [String] {
      let numbers = observed.map { $0.flatMap(value) }
      let text = Sparkline.text(numbers, width: width)
      guard !text.isEmpty, let least = numbers.compactMap({ $0 }).min(), let greatest = numbers.compactMap({ $0 }).max()
      else { return [] }
      return ["  \(name)", text, "\(Formatting.short(least)) … \(Formatting.short(greatest))"]
    }
    return [
      row("greatest |μ|") { step in step.mean.map { max(abs($0.minimum), abs($0.maximum)) } },
      row("greatest σ") { $0.standardDeviation?.maximum }, row("to last") { $0.distanceToLast },
    ].filter { !$0.isEmpty }
  }

  /// One row for each shown step: the first steps, some later steps at growing distances, and the last step. Counts have no column if they
  /// are equal, because the verdict names them. Dead channels have no column if there are none.
  private func stepRows(of series: StatisticSeries) -> [[String]] {
    let last = series.steps.count - 1
    let shown = series.steps.filter { $0.step == last || $0.step & ($0.step - 1) == 0 || last < 16 }
    let hasCounts = Set(series.steps.map(\.count)).count > 1
    let hasDead = series.steps.contains { $0.deadChannelCount > 0 }
    let columns: [(name: String, isShown: Bool, text: (StatisticSeries.Step) -> String)] = [
      ("  step", true, { "  \($0.step)" }), ("count", hasCounts, { $0.count == 0 ? "never" : grouped($0.count) }),
      ("μ", true, { StatsText.range($0.mean) }),
      ("σ", series.standardDeviation != nil, { StatsText.range($0.standardDeviation) }),
      ("dead", hasDead, { "\($0.deadChannelCount)" }),
      ("to last", true, { $0.distanceToLast.map(Formatting.short) ?? "" }),
    ].filter(\.isShown)
    return [columns.map(\.name)] + shown.map { step in columns.map { $0.text(step) } }
  }

  /// The text about the drift from one file to the next.
  static func text(of drift: StatisticsDrift) -> String {
    let title = "drift from A \(drift.old)\n        to B \(drift.new)"
    guard !drift.normalizations.isEmpty else { return "\(title)\n  the files have no normalization in common" }
    let names = ShortNames.fitting(drift.normalizations.map(\.brick.text), beside: 2)
    return
      ([title]
      + zip(names, drift.normalizations).flatMap { name, normalization -> [String] in
        guard let distance = normalization.distance else {
          return ["  \(name)", "    never estimated in one of the files"]
        }
        return ["  \(name)"] + MeasureRows.lines(of: [(normalization.brick.text, 1, distance)])
      }).joined(separator: "\n")
  }

  private static func range(_ interval: StatisticSeries.Interval?) -> String {
    interval.map { "\(Formatting.short($0.minimum)) … \(Formatting.short($0.maximum))" } ?? "not finite"
  }
}
