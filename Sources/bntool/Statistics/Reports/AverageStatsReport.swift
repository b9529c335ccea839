import Messages
import PopulationStatistics

/// The report of `average-stats`. schemas/average-stats.schema.json describes its JSON.
struct AverageStatsReport: Report {
  let inputs: [String]
  let model: String
  let method: String
  let weighted: Bool
  let regime: String
  let parameterSets: Int
  let batches: Int
  let bricks: [ChangedStatistics]
  let output: String

  init(
    inputs: [String], model: String, method: String, isWeighted: Bool, regime: StatisticAveraging.Regime, batches: Int,
    changes: [StatisticChange], output: String
  ) {
    self.inputs = inputs
    self.model = model
    self.method = method
    weighted = isWeighted
    self.regime = regime.name
    parameterSets = regime.parameterSets
    self.batches = batches
    bricks = changes.map { ChangedStatistics($0) }
    self.output = output
  }

  var lines: [String] { [headline] + Columns.aligned(bricks.map(row)) + OutputFile.note(output) }

  var warnings: [String] { bricks.flatMap(\.warnings) }

  private var headline: String {
    let subject = inputs.count == 1 ? inputs[0] : counted(inputs.count, "input")
    let counts = bricks.map(\.records).filter { $0 > 0 }
    let least = counts.min() ?? 0
    let most = counts.max() ?? 0
    let range = least == most ? "" : "\(grouped(least)) to "
    let pairs = "\(range)\(counted(most, "update pair")) per normalization"
    guard regime != StatisticAveraging.Regime.sameParameters.name else {
      return "\(subject): \(pairs), all with the model's parameters: \(verdict)"
    }
    let sets =
      parameterSets == 1 ? "other parameters than the model's" : "\(parameterSets) different sets of parameters"
    return "\(subject): \(pairs), computed with \(sets): the average for \(model) is marked as stale"
  }

  private var verdict: String {
    guard method == Estimator.pooled.name else { return "averaged by \(method) (pooling would be exact)" }
    return weighted ? "pooled with unequal weights (equal weights would be exact)" : "pooling is exact"
  }

  private func row(_ brick: ChangedStatistics) -> [String] {
    guard brick.records > 0 else { return ["  \(brick.brick)", "no update pairs, unchanged"] }
    let before = brick.observationsBefore == 0 ? "never estimated" : grouped(brick.observationsBefore)
    return brick.cells + ["\(before) → \(counted(brick.observations, "observation"))"]
  }
}

extension StatisticAveraging.Regime {
  /// The name of the regime in files and JSON.
  var name: String {
    switch self {
    case .sameParameters: "same_parameters"
    case .differentParameters: "different_parameters"
    }
  }

  var parameterSets: Int {
    switch self {
    case .sameParameters: 1
    case .differentParameters(let sets): sets
    }
  }
}
