import Bricks
import PopulationStatistics

/// What `average-stats` reports; schemas/average-stats.schema.json describes its JSON.
struct AverageReport: Encodable {
  struct Brick: Encodable {
    let brick: String
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
  let regime: String
  let parameterSets: Int
  let batches: Int
  let bricks: [Brick]
  let output: String

  private enum CodingKeys: String, CodingKey {
    case inputs, model, method, regime, batches, bricks, output
    case parameterSets = "parameter_sets"
  }

  init(
    inputs: [String], model: String, method: String, regime: StatisticAveraging.Regime, batches: Int,
    changes: [StatisticAveraging.Change], output: String
  ) {
    self.inputs = inputs
    self.model = model
    self.method = method
    self.regime = regime.name
    parameterSets = regime.parameterSets
    self.batches = batches
    bricks = changes.map { change in
      Brick(
        brick: change.brick, observationsBefore: change.countBefore, observations: change.countAfter,
        records: change.recordCount, meanShift: change.meanShift, deviationRatio: change.deviationRatio,
        filledSteps: change.filledSteps, ignoredSteps: change.ignoredSteps)
    }
    self.output = output
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    Console.print(headline)
    Console.print(Columns.aligned(bricks.map(row)).joined(separator: "\n"))
    for brick in bricks {
      if !brick.filledSteps.isEmpty {
        Console.warn("\(brick.brick): steps \(brick.filledSteps) were never observed and took a neighbour's values")
      }
      if brick.ignoredSteps > 0 {
        Console.warn("\(brick.brick): \(brick.ignoredSteps) steps past the model's last were left out")
      }
    }
    Console.print(OutputFile.note(output))
  }

  private var headline: String {
    let subject = inputs.count == 1 ? inputs[0] : "\(inputs.count) inputs"
    let pairs = Formatting.counted(batches, "update pair") + " per statistic"
    guard regime != StatisticAveraging.Regime.sameParameters.name else {
      let verdict = method == Estimator.pooled.name ? "pooling is exact" : "method \(method) (pooled would be exact)"
      return "\(subject): \(pairs), same parameters throughout: \(verdict)"
    }
    let sets = parameterSets == 1 ? "other parameters than the model's" : "\(parameterSets) different sets of parameters"
    return "\(subject): \(pairs), \(sets): a prior, marked stale; parameters of \(model)"
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
