import Names
import PopulationStatistics

/// What `recalibrate` reports; schemas/recalibrate.schema.json describes its JSON.
struct RecalibrateReport: Encodable {
  struct Brick: Encodable {
    let brick: Name
    let observationsBefore: Int64
    let observations: Int64
    let meanShift: Double
    let deviationRatio: Double?
    let meanError: Double?
    let deviationError: Double?
    let filledSteps: [Int]

    private enum CodingKeys: String, CodingKey {
      case brick, observations
      case observationsBefore = "observations_before"
      case meanShift = "mean_shift"
      case deviationRatio = "deviation_ratio"
      case meanError = "mean_error"
      case deviationError = "deviation_error"
      case filledSteps = "filled_steps"
    }
  }

  let model: String
  let data: String
  let method: String
  let batches: Int
  let precise: Bool?
  let bricks: [Brick]
  let accuracyBefore: Double?
  let accuracy: Double?
  let output: String

  private enum CodingKeys: String, CodingKey {
    case model, data, method, batches, precise, bricks, accuracy, output
    case accuracyBefore = "accuracy_before"
  }

  init(
    model: String, data: String, method: String, batches: Int, changes: [StatisticChange], errors: [StandardError]?,
    isPrecise: Bool?, accuracies: (before: Double?, after: Double?)?, output: String
  ) {
    precise = isPrecise
    self.model = model
    self.data = data
    self.method = method
    self.batches = batches
    self.output = output
    accuracyBefore = accuracies?.before
    accuracy = accuracies?.after
    let errors = Dictionary(uniqueKeysWithValues: (errors ?? []).map { ($0.brick, $0) })
    // JSON has no infinity; the greatest number stands for it.
    func finite(_ number: Double) -> Double { min(number, .greatestFiniteMagnitude) }
    bricks = changes.map { change in
      Brick(
        brick: change.brick, observationsBefore: change.countBefore, observations: change.countAfter,
        meanShift: finite(change.meanShift), deviationRatio: change.deviationRatio.map(finite),
        meanError: (errors[change.brick]?.mean).map(finite),
        deviationError: (errors[change.brick]?.standardDeviation).map(finite), filledSteps: change.filledSteps)
    }
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    let count = bricks.map(\.observations).max() ?? 0
    try Console.print(
      "\(model): \(Formatting.counted(batches, "batch", plural: "batches")) of \(data), \(method), "
        + "up to \(Formatting.counted(count, "observation")) per statistic")
    try Console.print(Columns.aligned(bricks.map(row)).joined(separator: "\n"))
    for brick in bricks where !brick.filledSteps.isEmpty {
      let steps = brick.filledSteps.map(String.init).joined(separator: ", ")
      Console.warn("\(brick.brick): never observed at the time steps \(steps); they took a neighbour's values")
    }
    if let accuracyBefore, let accuracy {
      try Console.print("accuracy \(Formatting.percent(accuracyBefore)) → \(Formatting.percent(accuracy))")
    }
    try Console.print(OutputFile.note(output))
  }

  private func row(_ brick: Brick) -> [String] {
    let unit = brick.deviationRatio == nil ? "" : " σ"
    let errors = [
      brick.meanError.map { "± \(Formatting.short($0))\(unit) in the mean" },
      brick.deviationError.map { "± \(Formatting.percent($0)) in σ" },
    ].compactMap { $0 }
    return [
      "  \(brick.brick)", "mean |Δ| \(Formatting.short(brick.meanShift))\(unit)",
      brick.deviationRatio.map { "σ × \(Formatting.short($0))" } ?? "",
      errors.joined(separator: ", "),
    ]
  }
}
