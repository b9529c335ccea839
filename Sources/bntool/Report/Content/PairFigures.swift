import Checkpoints
import Figures
import Messages
import Names
import Platform
import PopulationStatistics

/// The figures of one normalization's recorded update pairs.
struct PairFigures {
  let brick: Name
  /// The scatter of minibatch statistics around the pooled statistics, and the counts for each batch and step; nil without
  /// deviations.
  let scatter: Figure?
  let counts: Figure?
  /// The numbers of observations, for each minibatch and step. Several bricks may have the same numbers.
  let observations: [[Int64]]

  /// - Throws: The errors of `Estimation`, for pairs that cannot be pooled.
  init(_ brick: Name, in updates: UpdateSet) throws {
    self.brick = brick
    let pooled = try Estimation().estimate(brick: brick, in: updates)
    let set = updates.updates(of: brick)
    var points: [(x: Double, y: Double)] = []
    var rows: [(batch: String, count: Int64, shift: Double, ratio: Double)] = []
    var counts: [(batch: String, counts: [Int64])] = []
    for index in set.forms.indices {
      let stack = set.stack(at: index)
      let (form, size) = (stack.form, stack.form.exampleShape.elementCount)
      for (row, minibatch) in form.minibatches.enumerated() {
        let batch = set.minibatches[minibatch].batch.text
        let own = (0..<form.stepCount).map { stack.counts[row * form.stepCount + $0] }
        counts.append((batch, own))
        guard let mean = stack.mean, let deviation = stack.standardDeviation, let pooledMean = pooled.mean,
          let pooledDeviation = pooled.standardDeviation
        else { continue }
        var (shifts, ratios, compared) = (0.0, 0.0, 0)
        for step in 0..<min(form.stepCount, pooled.counts.count) where own[step] > 0 {
          for channel in 0..<size {
            let (place, other) = ((row * form.stepCount + step) * size + channel, step * size + channel)
            let shift = (mean[place] - pooledMean[other]) / pooledDeviation[other]
            let ratio = log(deviation[place] / pooledDeviation[other])
            points.append((shift, ratio))
            guard shift.isFinite, ratio.isFinite else { continue }
            (shifts, ratios, compared) = (shifts + shift * shift, ratios + ratio * ratio, compared + 1)
          }
        }
        let divisor = Double(max(compared, 1))
        rows.append((batch, own.reduce(0, +), (shifts / divisor).squareRoot(), (ratios / divisor).squareRoot()))
      }
    }
    scatter =
      points.isEmpty
      ? nil
      : Scatter(
        title: "Minibatches around the pooled statistics", subject: brick.text,
        xQuantity: "(μ of the batch − μ pooled) / σ pooled",
        yQuantity: "log(σ of the batch / σ pooled)", points: points,
        table: Table([
          Table.Column("minibatch", rows.map(\.batch)), Table.Column("observations", rows.map { Int($0.count) }),
          Table.Column("Δμ/σ, root mean square", rows.map(\.shift)),
          Table.Column("log σ-ratio, root mean square", rows.map(\.ratio)),
        ])
      ).figure()
    observations = counts.map(\.counts)
    let steps = counts.map(\.counts.count).max() ?? 0
    self.counts =
      steps < 2
      ? nil
      : Heatmap(
        title: "Observations of each minibatch and step", subject: brick.text, quantity: "observations",
        rowNoun: "minibatch",
        columnNoun: "time step", columns: (0..<steps).map(String.init), rows: counts.count,
        values: counts.flatMap { row in
          (0..<steps).map { $0 < row.counts.count && row.counts[$0] > 0 ? Double(row.counts[$0]) : .nan }
        }
      ).figure(height: 180)
  }
}
