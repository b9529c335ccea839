import Messages
import PopulationStatistics

/// The report of `check`. schemas/check.schema.json describes its JSON.
struct CheckReport: Report {
  /// The drift of one normalization.
  struct Brick: Encodable {
    let brick: String
    let observations: Int64
    let mean: Difference
    let deviation: Difference?
    let unobservedSteps: [Int]
    let drifts: Bool
  }

  /// The worst difference of a statistic, with its channel and step.
  struct Difference: Encodable {
    let value: Double
    let standardError: Double
    let significantErrors: Double
    let channel: Int
    let step: Int?
    let significant: Bool
    /// Whether the difference is infinite. The JSON report has the greatest double instead.
    private let isInfinite: Bool

    private enum CodingKeys: String, CodingKey {
      case value, standardError, significantErrors, channel, step, significant
    }

    init(_ difference: StatisticDrift.Difference) {
      (value, standardError) = (difference.value, difference.standardError)
      significantErrors = difference.significantErrorCount
      (channel, step) = (difference.channel, difference.step)
      (significant, isInfinite) = (difference.isSignificant, difference.isInfinite)
    }

    var text: String {
      guard !isInfinite else { return "\(value < 0 ? "-" : "")∞ in \(place)" }
      return "\(Formatting.short(value)) ± \(Formatting.short(standardError))" + (significant ? " in \(place)" : "")
    }

    /// Whether the deviation of the data is 0, if this is the logarithm of a σ-ratio.
    var isOfConstant: Bool { isInfinite && value < 0 }

    /// The channel and the step of the difference.
    var place: String { Formatting.place(channel: channel, step: step) }
  }

  let model: String
  let data: String
  let maxDrift: Double
  let batches: Int
  let familyWiseLevel: Double
  let comparisons: Int
  let fits: Bool
  let bricks: [Brick]
  /// The normalizations with differences beyond the bound that can be chance. The JSON report does not contain this number.
  let undecided: Int
  /// The page with pictures. The JSON report does not contain this page.
  let page: String?

  private enum CodingKeys: String, CodingKey {
    case model, data, maxDrift, batches, familyWiseLevel, comparisons, fits, bricks
  }

  init(model: String, data: String, bound: Double, batches: Int, drifts: [StatisticDrift], page: String? = nil) {
    self.page = page
    self.model = model
    self.data = data
    maxDrift = bound
    self.batches = batches
    familyWiseLevel = DriftSignificance.familyWiseLevel
    comparisons = drifts.first?.significance.comparisonCount ?? 0
    undecided = drifts.count { $0.isUndecided(bound) }
    bricks = drifts.map { drift in
      Brick(
        brick: drift.brick.text, observations: drift.observationCount, mean: Difference(drift.mean),
        deviation: drift.standardDeviation.map(Difference.init), unobservedSteps: drift.unobservedSteps,
        drifts: drift.exceeds(bound))
    }
    fits = !bricks.contains(where: \.drifts)
  }

  /// The answer in words.
  var verdict: String {
    let drifting = bricks.count { $0.drifts }
    let answer =
      fits
      ? "the statistics of \(counted(bricks.count, "normalization")) fit"
      : "the statistics of \(counted(drifting, of: bricks.count, "normalization")) do not fit"
    return "\(model): \(answer) \(data) (\(counted(batches, "batch")), drift at most \(Formatting.exact(maxDrift)))"
  }

  var lines: [String] {
    let rows = bricks.map { brick in
      let unit = brick.deviation == nil ? "Δμ" : "Δμ/σ"
      return [
        "  \(brick.drifts ? "✗" : "✓") \(brick.brick)", "\(unit) \(brick.mean.text)",
        brick.deviation.map { "log σ-ratio \($0.text)" } ?? "",
      ]
    }
    var lines = [verdict] + Columns.aligned(rows)
    if !fits { lines += advice }
    return lines + OutputFile.note(page)
  }

  /// The differences of deviations whose σ of the data is 0. Such data cannot be normalized, so `recalibrate` refuses them.
  var constants: [(brick: String, difference: Difference)] {
    bricks.compactMap { brick in
      brick.deviation.flatMap { $0.isOfConstant ? (brick.brick, $0) : nil }
    }
  }

  private var advice: [String] {
    guard !constants.isEmpty else {
      return ["to estimate them from these data: bntool recalibrate \(model) \(data) --output FILE"]
    }
    return constants.map { "\($0.brick): the numbers of \($0.difference.place) are all equal, and ε is 0, so σ is 0" }
      + ["to set a greater ε first: \(SetEpsilon.command(for: model))"]
  }

  var warnings: [String] { (undecided == 0 ? [] : [undecidedText]) + unobservedTexts }

  private var undecidedText: String {
    let limits = bricks.flatMap { [$0.mean, $0.deviation].compactMap { $0?.significantErrors } }
    return
      "\(counted(undecided, of: bricks.count, "normalization")): differences of more than \(Formatting.exact(maxDrift)) can be "
      + "chance, because with \(counted(batches, "batch")) they count only beyond \(Formatting.short(limits.max() ?? 0)) standard "
      + "errors; use more data or smaller batches"
  }

  private var unobservedTexts: [String] {
    bricks.filter { !$0.unobservedSteps.isEmpty }.map { brick in
      let count = brick.unobservedSteps.count
      return "\(brick.brick): \(counted(count, "time step")) \(count == 1 ? "was" : "were") not reached by the data"
    }
  }
}
