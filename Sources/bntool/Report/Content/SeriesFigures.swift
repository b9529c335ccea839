import Checkpoints
import Figures
import Messages
import Names
import Platform
import PopulationStatistics

/// Makes the figures that compare several files of one model.
struct SeriesFigures {
  let model: PicturedModel

  /// The drift of one normalization from one file to the next.
  struct Drift {
    let brick: Name
    /// The indices of the later files.
    let places: [Int]
    let distances: [StatisticDistance]
  }

  /// The drifts of all normalizations with statistics.
  var drifts: [Drift] {
    model.bricks.compactMap { brick in
      let known = model.known(brick)
      guard known.count > 1 else { return nil }
      let distances = zip(known, known.dropFirst()).map { left, right in
        SeriesFigures.distance(left.normalization, right.normalization)
      }
      return Drift(brick: brick, places: known.dropFirst().map(\.index), distances: distances)
    }
  }

  /// The distance between the statistics of two files.
  static func distance(_ left: PicturedNormalization, _ right: PicturedNormalization) -> StatisticDistance {
    var distance = StatisticDistance(channelCount: max(left.channels, 1), hasTimeSteps: left.series.hasTimeSteps)
    for (before, after) in zip(left.gaussians, right.gaussians) { distance.add(before, after) }
    return distance
  }

  /// The drift of all normalizations: rows for two files, and lines for more files. The worst channels have names.
  func drift(_ quantity: DriftQuantity, _ drifts: [Drift]) -> Figure {
    drifts.allSatisfy { $0.distances.count == 1 } ? rows(quantity, drifts) : lines(quantity, drifts)
  }

  /// Lines of the mean over the channels of each normalization.
  private func lines(_ quantity: DriftQuantity, _ drifts: [Drift]) -> Figure {
    let places = Array(Set(drifts.flatMap(\.places))).sorted()
    return Lines(
      title: "\(quantity.title) between checkpoints", quantity: "mean \(quantity.symbol) over channels",
      placeNoun: SeriesFigures.placeNoun, places: places.map { model.files[$0].label },
      series: drifts.map { drift in
        let measures = drift.distances.map { quantity.measure($0) }
        let worst = measures.max { abs($0.worst) < abs($1.worst) }
        return Lines.Series(
          drift.brick.text,
          places.map { place in drift.places.firstIndex(of: place).map { measures[$0].mean } ?? .nan },
          note: worst?.note ?? "")
      }
    ).figure()
  }

  /// Rows of the distances between two files: the mean over channels, and the worst channel.
  private func rows(_ quantity: DriftQuantity, _ drifts: [Drift]) -> Figure {
    Intervals(
      title: quantity.title, quantity: quantity.symbol,
      legend: "dot: mean over channels, line: up to the worst channel",
      rows: drifts.map { drift in
        let measure = quantity.measure(drift.distances[0])
        return Intervals.Row(
          drift.brick.text, measure.mean, inner: (measure.mean, measure.mean), outer: (0, abs(measure.worst)),
          note: measure.note)
      }, columns: ["normalization", "mean", "", "", "", "worst channel"]
    ).figure()
  }

  /// Lines of each channel of one normalization. The channels that drift most have names. The figure is nil if fewer than three
  /// files have such statistics.
  func channelDrift(_ quantity: DriftQuantity, of brick: Name) -> Figure? {
    let known = model.known(brick)
    guard known.count > 2, let first = known.first?.normalization, first.deviation != nil else { return nil }
    let sizes = zip(known, known.dropFirst()).map { left, right in
      quantity.sizes(left.normalization, right.normalization)
    }
    return Lines(
      title: "\(quantity.title) of each channel", subject: brick.text,
      quantity: quantity.symbol + (first.series.hasTimeSteps ? ", mean over time steps" : ""),
      placeNoun: SeriesFigures.placeNoun, places: known.dropFirst().map { model.files[$0.index].label },
      series: (0..<first.channels).map { channel in
        Lines.Series("channel \(channel)", sizes.map { $0[channel] })
      }
    ).figure()
  }

  private static let placeNoun = "checkpoint, compared with the one before"

  /// The distance of each channel from its median over the files, as colours: one picture of the deviations, and one of the
  /// means.
  func channelMaps(_ brick: Name) -> [Figure] {
    let known = model.known(brick)
    guard known.count > 2, known[0].normalization.deviation != nil else { return [] }
    let distributions = known.map(\.normalization.channelDistributions)
    let labels = known.map { model.files[$0.index].label }
    let channels = distributions[0].count
    func median(_ values: [Double]) -> Double { Table.quantiles(values, [0.5])?[0] ?? .nan }
    var ratios: [Double] = []
    var shifts: [Double] = []
    for channel in 0..<channels {
      let own = distributions.map { $0[channel] }
      let deviation = median(own.map(\.standardDeviation))
      let mean = median(own.map(\.mean))
      ratios += own.map { log2($0.standardDeviation / deviation) }
      shifts += own.map { ($0.mean - mean) / deviation }
    }
    func map(_ title: String, _ quantity: String, _ values: [Double], _ limit: Double) -> Figure {
      Heatmap(
        title: title, subject: brick.text, quantity: quantity, columnNoun: "checkpoint", columns: labels,
        rows: channels,
        values: values, coloring: .signed(limit: limit)
      ).figure()
    }
    return [
      map("σ of each channel against its median", "log₂(σ / median)", ratios, 3),
      map("Mean of each channel against its median", "(μ − median) / σ", shifts, 3),
    ]
  }
}
