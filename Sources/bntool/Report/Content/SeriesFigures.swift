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
    guard let deviation = left.deviation, let otherDeviation = right.deviation else { return distance }
    for index in left.mean.indices {
      distance.add(
        Gaussian(mean: left.mean[index], standardDeviation: deviation[index]),
        Gaussian(mean: right.mean[index], standardDeviation: otherDeviation[index]))
    }
    return distance
  }

  /// Three figures with a line for each normalization: the mean |Δμ|/σ, the mean |log σ-ratio| and the mean divergence.
  func driftLines(_ drifts: [Drift]) -> [Figure] {
    guard let longest = drifts.max(by: { $0.places.count < $1.places.count }) else { return [] }
    let places = Array(Set(drifts.flatMap(\.places))).sorted()
    func lines(_ title: String, _ quantity: String, _ value: (StatisticDistance) -> Double) -> Figure {
      Lines(
        title: title, quantity: quantity, placeNoun: "checkpoint, compared with the one before",
        places: places.map { model.files[$0].label },
        series: drifts.map { drift in
          Lines.Series(
            drift.brick.text,
            places.map { place in drift.places.firstIndex(of: place).map { value(drift.distances[$0]) } ?? .nan })
        }
      ).figure()
    }
    guard !longest.places.isEmpty else { return [] }
    return [
      lines("Shift of means between checkpoints", "mean |Δμ|/σ over channels") { $0.meanShift.mean },
      lines("Change of deviations between checkpoints", "mean |log σ-ratio| over channels") {
        $0.logarithmicRatio.mean
      },
      lines("Divergence between checkpoints", "mean KL divergence in nats") { $0.divergence.mean },
    ]
  }

  /// Three figures of the distances between two files. Each row shows the mean over channels and the worst channel.
  func driftRows(_ drifts: [Drift]) -> [Figure] {
    func rows(_ title: String, _ quantity: String, _ measure: (StatisticDistance) -> StatisticDistance.Measure)
      -> Figure
    {
      Intervals(
        title: title, quantity: quantity, legend: "dot: mean over channels, line: up to the worst channel",
        rows: drifts.map { drift in
          let measure = measure(drift.distances[0])
          return Intervals.Row(
            drift.brick.text, measure.mean, inner: (measure.mean, measure.mean), outer: (0, abs(measure.worst)))
        }, columns: ["normalization", "mean", "", "", "", "worst channel"]
      ).figure()
    }
    return [
      rows("Shift of means", "|Δμ|/σ") { $0.meanShift },
      rows("Change of deviations", "|log σ-ratio|") { $0.logarithmicRatio },
      rows("Divergence", "KL divergence in nats") { $0.divergence },
    ]
  }

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
