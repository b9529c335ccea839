import Bricks
import Checkpoints
import Messages

/// The report of `average`. schemas/average.schema.json describes its JSON.
struct AverageReport: Encodable {
  struct Input: Encodable {
    let file: String
    let weight: Double
  }

  struct Statistics: Encodable {
    let file: String
    let estimated: Int
    let stale: Int
    let neverEstimated: Int

    var count: Int { estimated + stale + neverEstimated }
  }

  let inputs: [Input]
  let method: String
  let averaged: [Name]
  let elements: Int
  let unselected: [Name]
  let equalIntegers: [Name]
  let differentIntegers: [Name]
  let statistics: Statistics
  let withoutUpdates: [String]
  let parametersDigest: String
  let output: String
  /// The data that the statistics were estimated from; nil if they were copied.
  let estimatedFrom: String?

  init(
    _ summary: ParameterAveraging.Summary, inputs: [String], method: String, estimatedFrom: String? = nil,
    output: String
  ) {
    self.estimatedFrom = estimatedFrom
    self.inputs = zip(inputs, summary.coefficients).map { Input(file: $0, weight: $1) }
    self.method = method
    averaged = summary.averaged.map(\.path)
    elements = summary.averaged.reduce(0) { $0 + Formatting.elementCount($1.shape) }
    unselected = summary.unselected.map(\.path)
    equalIntegers = summary.equalIntegers.map(\.path)
    differentIntegers = summary.differentIntegers.map(\.path)
    let states = summary.statisticStates
    func count(_ state: StatisticState) -> Int { states.count { $0 == state } }
    statistics = Statistics(
      file: summary.statisticsFile, estimated: count(.estimated), stale: count(.stale),
      neverEstimated: count(.neverEstimated))
    withoutUpdates = summary.droppedUpdates
    parametersDigest = summary.parametersDigest?.description ?? ""
    self.output = output
  }

  func show(asJSON: Bool) throws {
    warn()
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    try Console.print(
      "\(counted(inputs.count, "checkpoint")), \(method): averaged \(counted(elements, "parameter")) in "
        + counted(averaged.count, "tensor"))
    let rows = inputs.map { ["  weight \(Formatting.short($0.weight))", $0.file] }
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    let last = inputs.last?.file ?? ""
    if !unselected.isEmpty {
      try Console.print("\(counted(unselected.count, "tensor")) not selected: copied from \(last)")
    }
    if !equalIntegers.isEmpty {
      try Console.print("\(counted(equalIntegers.count, "tensor of integers")): the same in all checkpoints")
    }
    if let estimatedFrom {
      try Console.print(
        "\(counted(statistics.count, "population statistic")) estimated from \(estimatedFrom)")
    }
    try Console.print(OutputFile.note(output))
  }

  /// Warns about everything that was not averaged.
  private func warn() {
    let last = inputs.last?.file ?? ""
    for path in differentIntegers {
      Console.warn("\(path): the integers differ; they are not averaged but copied from \(last)")
    }
    if !withoutUpdates.isEmpty {
      let files = withoutUpdates.count == 1 ? withoutUpdates[0] : counted(withoutUpdates.count, "input")
      Console.warn("\(files): recorded update pairs are not copied; bntool extract saves them in a file")
    }
    if statistics.stale > 0 {
      Console.warn(
        "\(output): \(counted(statistics.stale, of: statistics.count, "population statistic")) "
          + "\(statistics.stale == 1 ? "is" : "are") stale: copied from \(statistics.file) and estimated with other "
          + "parameters. Estimate them from data: bntool recalibrate \(output) DATA --output FILE")
    }
    if statistics.neverEstimated > 0 {
      Console.warn(
        "\(output): \(counted(statistics.neverEstimated, of: statistics.count, "population statistic")) "
          + "\(statistics.neverEstimated == 1 ? "was" : "were") never estimated. Estimate them from data: "
          + "bntool recalibrate \(output) DATA --output FILE")
    }
  }
}
