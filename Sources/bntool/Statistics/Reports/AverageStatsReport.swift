import Bricks
import PopulationStatistics

/// What `average-stats` reports; schemas/average-stats.schema.json describes its JSON.
struct AverageStatsReport: Encodable {
  struct Brick: Encodable {
    let brick: Name
    let observationsBefore: Int64
    let observations: Int64
    let records: Int
    let meanShift: Double
    let deviationRatio: Double?
    let filledSteps: [Int]
    let ignoredSteps: Int

    private enum CodingKeys: String, CodingKey {
      case brick, observations, records
      case observationsBefore = "observations_before"
      case meanShift = "mean_shift"
      case deviationRatio = "deviation_ratio"
      case filledSteps = "filled_steps"
      case ignoredSteps = "ignored_steps"
    }
  }

  let inputs: [String]
  let model: String
  let method: String
  let isWeighted: Bool
  let regime: String
  let parameterSets: Int
  let batches: Int
  let bricks: [Brick]
  let output: String

  private enum CodingKeys: String, CodingKey {
    case inputs, model, method, regime, batches, bricks, output
    case isWeighted = "weighted"
    case parameterSets = "parameter_sets"
  }

  init(
    inputs: [String], model: String, method: String, isWeighted: Bool, regime: StatisticAveraging.Regime, batches: Int,
    changes: [StatisticChange], output: String
  ) {
    self.isWeighted = isWeighted
    self.inputs = inputs
    self.model = model
    self.method = method
    self.regime = regime.name
    parameterSets = regime.parameterSets
    self.batches = batches
    // JSON has no infinity; the greatest number stands for it.
    bricks = changes.map { change in
      Brick(
        brick: change.brick, observationsBefore: change.countBefore, observations: change.countAfter,
        records: change.recordCount, meanShift: min(change.meanShift, .greatestFiniteMagnitude),
        deviationRatio: change.deviationRatio.map { min($0, .greatestFiniteMagnitude) },
        filledSteps: change.filledSteps, ignoredSteps: change.ignoredSteps)
    }
    self.output = output
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    try Console.print(headline)
    try Console.print(Columns.aligned(bricks.map(row)).joined(separator: "\n"))
    for brick in bricks {
      if !brick.filledSteps.isEmpty {
        let steps = brick.filledSteps.map(String.init).joined(separator: ", ")
        Console.warn("\(brick.brick): never observed at the time steps \(steps); they took a neighbour's values")
      }
      if brick.ignoredSteps > 0 {
        let steps = Formatting.counted(brick.ignoredSteps, "time step")
        Console.warn("\(brick.brick): \(steps) past the model's last left out")
      }
    }
    try Console.print(OutputFile.note(output))
  }

  private var headline: String {
    let subject = inputs.count == 1 ? inputs[0] : "\(inputs.count) inputs"
    let counts = bricks.map(\.records).filter { $0 > 0 }
    let least = counts.min() ?? 0
    let most = counts.max() ?? 0
    let range = least == most ? "" : "\(Formatting.grouped(least)) to "
    let pairs = "\(range)\(Formatting.counted(most, "update pair")) per statistic"
    guard regime != StatisticAveraging.Regime.sameParameters.name else {
      return "\(subject): \(pairs), same parameters throughout: \(verdict)"
    }
    let sets =
      parameterSets == 1 ? "other parameters than the model's" : "\(parameterSets) different sets of parameters"
    return "\(subject): \(pairs), \(sets): a prior, marked stale; parameters of \(model)"
  }

  private var verdict: String {
    guard method == Estimator.pooled.name else { return "method \(method) (pooled would be exact)" }
    return isWeighted ? "pooled by unequal weights (equal ones would be exact)" : "pooling is exact"
  }

  private func row(_ brick: Brick) -> [String] {
    guard brick.records > 0 else { return ["  \(brick.brick)", "no update pairs: left as it was"] }
    let unit = brick.deviationRatio == nil ? "" : " σ"
    let before = brick.observationsBefore == 0 ? "never estimated" : Formatting.grouped(brick.observationsBefore)
    return [
      "  \(brick.brick)", "mean |Δ| \(Formatting.short(brick.meanShift))\(unit)",
      brick.deviationRatio.map { "σ × \(Formatting.short($0))" } ?? "",
      "\(before) → \(Formatting.counted(brick.observations, "observation"))",
    ]
  }
}

extension StatisticAveraging.Regime {
  /// The name in files and JSON.
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
