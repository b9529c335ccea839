import Messages
import PopulationStatistics

/// The distances between the population statistics of A and B, as lines of a report.
enum MeasureRows {
  /// Three lines: the mean and the worst value of each measure, over the channels of all normalizations.
  static func lines(of items: [(path: String, channelCount: Int, distance: StatisticDistance)]) -> [String] {
    let isSame = items.allSatisfy { item in
      item.distance.meanShift.worst == 0 && item.distance.logarithmicRatio.worst == 0 && item.distance.invalidCount == 0
    }
    guard !isSame else { return ["    the same μ and σ"] }
    let channels = Double(max(items.reduce(0) { $0 + $1.channelCount }, 1))
    func row(_ label: String, _ measure: (StatisticDistance) -> StatisticDistance.Measure) -> [String] {
      let measures = items.map { measure($0.distance) }
      guard let index = measures.indices.max(by: { abs(measures[$0].worst) < abs(measures[$1].worst) }) else {
        return []
      }
      // The mean counts each channel once.
      let mean = items.indices.reduce(0.0) { $0 + measures[$1].mean * Double(items[$1].channelCount) / channels }
      let worst = measures[index]
      let step = worst.step.map { ", step \($0)" } ?? ""
      let layer = items.count == 1 ? "" : " of \(ShortNames.fitting([items[index].path], beside: 34)[0])"
      return [
        "    \(label)", "mean \(Formatting.short(mean))", "worst \(Formatting.short(worst.worst))",
        "channel \(worst.channel)\(step)\(layer)",
      ]
    }
    var lines = Columns.aligned([
      row("|Δμ|/σB", \.meanShift), row("log σB/σA", \.logarithmicRatio), row("KL(A‖B)", \.divergence),
    ])
    if items.count == 1, let step = items[0].distance.worstStep { lines.append("    farthest apart at step \(step)") }
    let invalid = items.reduce(0) { $0 + $1.distance.invalidCount }
    if invalid > 0 {
      lines.append("    ⚠ \(counted(invalid, "channel")) without a usable μ and σ in at least one of the files")
    }
    return lines
  }
}
