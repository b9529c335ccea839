import Bricks
import Checkpoints

/// What `average` reports; schemas/average.schema.json describes its JSON.
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

    private enum CodingKeys: String, CodingKey {
      case file, estimated, stale
      case neverEstimated = "never_estimated"
    }

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
  /// The data that the statistics were estimated from, where they were.
  private let estimatedFrom: String?

  private enum CodingKeys: String, CodingKey {
    case inputs, method, averaged, elements, unselected, statistics, output
    case equalIntegers = "equal_integers"
    case differentIntegers = "different_integers"
    case withoutUpdates = "without_updates"
    case parametersDigest = "parameters_digest"
  }

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
    let numbers = Formatting.counted(elements, "number")
    try Console.print(
      "\(Formatting.counted(inputs.count, "checkpoint")), \(method): \(Formatting.counted(averaged.count, "parameter")) "
        + "(\(numbers)) averaged")
    let rows = inputs.map { ["  weight \(Formatting.short($0.weight))", $0.file] }
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    let last = inputs.last?.file ?? ""
    if !unselected.isEmpty {
      try Console.print("\(Formatting.counted(unselected.count, "parameter")) not selected: as in \(last)")
    }
    if !equalIntegers.isEmpty {
      try Console.print("\(Formatting.counted(equalIntegers.count, "parameter")) of integers: the same in all")
    }
    if let estimatedFrom {
      try Console.print(
        "\(Formatting.counted(statistics.count, "population statistic")) estimated from \(estimatedFrom)")
    }
    try Console.print(OutputFile.note(output))
  }

  /// Says what the average does not hold.
  private func warn() {
    let last = inputs.last?.file ?? ""
    for path in differentIntegers {
      Console.warn("\(path): integers that differ are not averaged; they are those of \(last)")
    }
    if !withoutUpdates.isEmpty {
      let files = withoutUpdates.count == 1 ? withoutUpdates[0] : "\(withoutUpdates.count) inputs"
      Console.warn("\(files): recorded update pairs are left out of an average; extract keeps them")
    }
    if statistics.stale > 0 {
      Console.warn(
        "\(output): \(statistics.stale) of \(statistics.count) population statistics are stale: they are those of "
          + "\(statistics.file), estimated with other parameters. Estimate them again with data: bntool recalibrate")
    }
    if statistics.neverEstimated > 0 {
      Console.warn(
        "\(output): \(statistics.neverEstimated) of \(statistics.count) population statistics were never estimated, as in "
          + "\(statistics.file). Estimate them with data: bntool recalibrate")
    }
  }
}
