import Interchange
import Messages
import Names

/// The report of `stats` on a file of named tensors. schemas/stats.schema.json describes its JSON.
struct TensorStatisticsReport: Report {
  struct Interval: Encodable {
    let minimum: Double
    let maximum: Double

    init?(_ values: [Double]) {
      let finite = values.filter(\.isFinite)
      guard let minimum = finite.min(), let maximum = finite.max() else { return nil }
      (self.minimum, self.maximum) = (minimum, maximum)
    }

    var text: String { "\(Formatting.short(minimum)) … \(Formatting.short(maximum))" }
  }

  struct Normalization: Encodable {
    let name: Name
    let features: Int
    let neverEstimated: Bool
    let batches: Int64?
    let epsilon: Double?
    let mean: Interval?
    /// The range of sqrt(variance + ε), or of sqrt(variance) if ε is unknown.
    let standardDeviation: Interval?
    /// The features with a variance of at most 2 % of ε, or of 0 if ε is unknown.
    let deadFeatures: [Int]
  }

  let file: String
  let format: String
  let tensorNormalizations: [Normalization]

  init(_ file: TensorFile) throws {
    self.file = file.path
    format = file.format.rawValue
    tensorNormalizations = try file.normalizations.map { normalization in
      let variances = try file.tensor(normalization.variance.name).doubles
      let epsilon = normalization.epsilon
      let bound = 0.0201 * (epsilon ?? 0)
      return Normalization(
        name: normalization.name, features: normalization.featureCount,
        neverEstimated: try file.isNeverEstimated(normalization), batches: try file.batchCount(normalization),
        epsilon: epsilon,
        mean: Interval(try file.tensor(normalization.mean.name).doubles),
        standardDeviation: Interval(variances.map { ($0 + (epsilon ?? 0)).squareRoot() }),
        deadFeatures: variances.indices.filter { variances[$0] <= bound })
    }
  }

  var lines: [String] {
    let rows = tensorNormalizations.map { normalization -> [String] in
      [
        "  \(normalization.name)", normalization.mean.map { "μ \($0.text)" } ?? "μ not finite",
        normalization.standardDeviation.map { "σ \($0.text)" } ?? "σ not finite",
        normalization.epsilon.map { "ε \(Formatting.exact($0))" } ?? "without ε, which is unknown",
        normalization.batches.map { counted($0, "batch") } ?? "",
        normalization.deadFeatures.isEmpty ? "" : "⚠ \(counted(normalization.deadFeatures.count, "dead feature"))",
        normalization.neverEstimated ? "⚠ never estimated" : "",
      ].filter { !$0.isEmpty }
    }
    let headline = "\(file): \(counted(rows.count, "batch normalization"))"
    return [headline] + Columns.aligned(rows)
  }
}
