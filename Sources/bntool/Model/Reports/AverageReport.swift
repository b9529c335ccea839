import Bricks
import Checkpoints
import Messages

/// The report of `average`. schemas/average.schema.json describes its JSON.
struct AverageReport: Report {
  struct Input: Encodable {
    let file: String
    let weight: Double
  }

  struct Statistics: Encodable {
    let file: String
    let estimated: Int
    let trainingAverage: Int
    let stale: Int
    let neverEstimated: Int

    var count: Int { estimated + trainingAverage + stale + neverEstimated }
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
    elements = Formatting.elementCount(ofShapes: summary.averaged.map(\.shape))
    unselected = summary.unselected.map(\.path)
    equalIntegers = summary.equalIntegers.map(\.path)
    differentIntegers = summary.differentIntegers.map(\.path)
    let states = summary.statisticStates
    func count(_ state: StatisticState) -> Int { states.count { $0 == state } }
    statistics = Statistics(
      file: summary.statisticsFile, estimated: count(.estimated), trainingAverage: count(.trainingAverage),
      stale: count(.stale), neverEstimated: count(.neverEstimated))
    withoutUpdates = summary.droppedUpdates
    parametersDigest = summary.parametersDigest?.description ?? ""
    self.output = output
  }

  private var last: String { inputs.last?.file ?? "" }

  var lines: [String] {
    var lines = [
      "\(counted(inputs.count, "checkpoint")), \(method): averaged \(counted(elements, "parameter")) in "
        + counted(averaged.count, "tensor")
    ]
    lines += Columns.aligned(inputs.map { ["  weight \(Formatting.short($0.weight))", $0.file] })
    if !unselected.isEmpty { lines.append("\(counted(unselected.count, "tensor")) not selected: copied from \(last)") }
    if !equalIntegers.isEmpty {
      lines.append("\(counted(equalIntegers.count, "tensor of integers")): the same in all checkpoints")
    }
    if let estimatedFrom {
      lines.append("\(counted(statistics.count, "population statistic")) estimated from \(estimatedFrom)")
    }
    return lines + OutputFile.note(output)
  }

  /// Warnings about everything that was not averaged.
  var warnings: [String] {
    var warnings = differentIntegers.map {
      "\($0): the integers differ; they are not averaged but copied from \(last)"
    }
    if !withoutUpdates.isEmpty {
      let files = withoutUpdates.count == 1 ? withoutUpdates[0] : counted(withoutUpdates.count, "input")
      warnings.append("\(files): recorded update pairs are not copied; bntool extract saves them in a file")
    }
    if statistics.stale > 0 {
      warnings.append(
        "\(output): \(counted(statistics.stale, of: statistics.count, "population statistic")) "
          + "\(statistics.stale == 1 ? "is" : "are") stale: copied from \(statistics.file) and estimated with parameters "
          + "other than the average's. Estimate them from data: bntool recalibrate \(output) DATA --output FILE")
    }
    if statistics.neverEstimated > 0 {
      warnings.append(
        "\(output): \(counted(statistics.neverEstimated, of: statistics.count, "population statistic")) "
          + "\(statistics.neverEstimated == 1 ? "was" : "were") never estimated. Estimate them from data: "
          + "bntool recalibrate \(output) DATA --output FILE")
    }
    return warnings
  }
}
