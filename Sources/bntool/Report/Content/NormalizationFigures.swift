import Checkpoints
import Figures
import Messages
import Names
import Platform
import PopulationStatistics

/// Makes the figures of one normalization in one file.
struct NormalizationFigures {
  let normalization: PicturedNormalization
  /// The words after the brick's path in titles, such as the name of the file; may be empty.
  var suffix = ""
  /// The same normalization of another file. The figures of both files get the same axes and colours.
  var beside: PicturedNormalization?
  /// The greatest number of points of the lines of a figure.
  var pointLimit = UnitCurves.pointLimit

  private var brick: String { normalization.brick.text + (suffix.isEmpty ? "" : ", \(suffix)") }

  /// The population means of all units over time.
  var meanCurves: Figure {
    UnitCurves(
      title: "Population mean", subject: brick, quantity: "population mean μ", units: normalization.channels,
      values: normalization.shown(normalization.mean), steps: normalization.shownSteps,
      extent: (beside.map { $0.shown($0.mean) } ?? [], beside?.shownSteps ?? []), pointLimit: pointLimit
    ).figure()
  }

  /// The population variances of all units over time, without ε.
  var varianceCurves: Figure? {
    normalization.variances.map { variances in
      UnitCurves(
        title: "Population variance", subject: brick, quantity: "population variance σ² − ε",
        units: normalization.channels, values: variances, steps: normalization.shownSteps,
        extent: (beside?.variances ?? [], beside?.shownSteps ?? []), pointLimit: pointLimit
      ).figure()
    }
  }

  /// The means of each channel at each step.
  var meanMap: Figure {
    let other = beside?.mean ?? []
    return map("Mean", "μ", normalization.mean, .signed(limit: limit(normalization.mean + other)), other)
  }

  /// The standard deviations of each channel at each step.
  var deviationMap: Figure? {
    normalization.deviation.map { map("Standard deviation", "σ", $0, .range, beside?.deviation ?? []) }
  }

  private func map(
    _ noun: String, _ symbol: String, _ values: [Double], _ coloring: Heatmap.Coloring, _ extent: [Double]
  ) -> Figure {
    Heatmap(
      title: "\(noun) of each channel", subject: brick, quantity: symbol, columnNoun: "time step",
      columns: normalization.shownSteps.map(String.init), rows: normalization.channels,
      values: normalization.transposed(values), coloring: coloring, extent: extent
    ).figure()
  }

  private func limit(_ values: [Double]) -> Double {
    max(Table.quantiles(values.lazy.map(abs), [0.99])?[0] ?? 1, 1e-12)
  }
}

extension PicturedNormalization {
  /// The variances without ε at the shown steps; nil without σ.
  var variances: [Double]? {
    deviation.map { shown($0).map { varianceWithoutEpsilon(of: $0, epsilon: series.epsilon) } }
  }

  /// μ/σ of each channel at the shown steps; nil without σ.
  var ratios: [Double]? {
    deviation.map { deviation in zip(shown(mean), shown(deviation)).map { $0 / $1 } }
  }
}
