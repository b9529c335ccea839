import Checkpoints
import Figures
import Names
import PopulationStatistics

/// The change of each channel of one normalization between two files.
struct ChannelChanges {
  /// The number of channels that have names in the picture, and the number of channels in its table.
  private static let limits = (names: 3, rows: 20)

  /// One channel at one step.
  private struct Change {
    let step: Int
    let channel: Int
    let before: Gaussian
    let after: Gaussian
    let divergence: Double

    var shift: Double { (after.mean - before.mean) / after.standardDeviation }
    var ratio: Double { before.logarithmicRatio(to: after) }
  }

  private let brick: Name
  private let labels: (String, String)
  private let hasSteps: Bool
  private let changes: [Change]

  /// The changes of a brick; nil if it has none, or one of the files has no statistics of it.
  init?(_ brick: Name, in model: PicturedModel) {
    let known = model.known(brick)
    guard known.count == 2 else { return nil }
    let (left, right) = (known[0].normalization, known[1].normalization)
    self.brick = brick
    labels = (model.files[known[0].index].label, model.files[known[1].index].label)
    hasSteps = left.series.hasTimeSteps
    changes = zip(left.gaussians, right.gaussians).enumerated().compactMap { index, pair in
      let (before, after) = pair
      guard before.isValid, after.isValid else { return nil }
      let (step, channel) = index.quotientAndRemainder(dividingBy: max(left.channels, 1))
      return Change(
        step: step, channel: channel, before: before, after: after, divergence: before.divergence(from: after))
    }
    guard changes.contains(where: { $0.divergence > 0 }) else { return nil }
  }

  /// The changes as dots. The channels with the greatest divergences have names.
  var figure: Figure {
    let order = changes.indices.sorted { changes[$0].divergence > changes[$1].divergence }
    let named = order.prefix(ChannelChanges.limits.names).filter { changes[$0].divergence > 0 }
    return Scatter(
      title: "Change of each channel", subject: brick.text, xQuantity: "Δμ/σ, from \(labels.0) to \(labels.1)",
      yQuantity: "log σ-ratio", points: changes.map { ($0.shift, $0.ratio) },
      names: Dictionary(uniqueKeysWithValues: named.map { ($0, name(of: changes[$0])) }),
      table: table(order.prefix(ChannelChanges.limits.rows).map { changes[$0] }), data: table(changes)
    ).figure()
  }

  private func name(of change: Change) -> String {
    hasSteps ? "channel \(change.channel), step \(change.step)" : "channel \(change.channel)"
  }

  private func table(_ changes: [Change]) -> Table {
    Table(
      [Table.Column("channel", changes.map(\.channel))] + (hasSteps ? [Table.Column("step", changes.map(\.step))] : [])
        + [
          Table.Column("μ of \(labels.0)", changes.map(\.before.mean)),
          Table.Column("μ of \(labels.1)", changes.map(\.after.mean)),
          Table.Column("σ of \(labels.0)", changes.map(\.before.standardDeviation)),
          Table.Column("σ of \(labels.1)", changes.map(\.after.standardDeviation)),
          Table.Column("Δμ/σ", changes.map(\.shift)), Table.Column("log σ-ratio", changes.map(\.ratio)),
          Table.Column("KL divergence", changes.map(\.divergence)),
        ])
  }
}
