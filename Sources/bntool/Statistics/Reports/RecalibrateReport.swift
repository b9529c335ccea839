import Messages
import PopulationStatistics

/// The report of `recalibrate`. schemas/recalibrate.schema.json describes its JSON.
struct RecalibrateReport: Report {
  let model: String
  let data: String
  let method: String
  let batches: Int
  let precise: Bool?
  let bricks: [ChangedStatistics]
  let accuracyBefore: Double?
  let accuracy: Double?
  let output: String

  init(
    model: String, data: String, method: String, batches: Int, changes: [StatisticChange], errors: [StandardError]?,
    isPrecise: Bool?, accuracies: (before: Double?, after: Double?)?, output: String
  ) {
    self.model = model
    self.data = data
    self.method = method
    self.batches = batches
    precise = isPrecise
    let errors = Dictionary(uniqueKeysWithValues: (errors ?? []).map { ($0.brick, $0) })
    bricks = changes.map { ChangedStatistics($0, error: errors[$0.brick]) }
    accuracyBefore = accuracies?.before
    accuracy = accuracies?.after
    self.output = output
  }

  var lines: [String] {
    let count = bricks.map(\.observations).max() ?? 0
    var lines = [
      "\(model): \(counted(batches, "batch")) of \(data), method \(method), up to \(counted(count, "observation")) "
        + "per statistic"
    ]
    lines += Columns.aligned(bricks.map { $0.cells + [$0.errors] })
    if let accuracyBefore, let accuracy {
      lines.append("accuracy \(Formatting.percent(accuracyBefore)) → \(Formatting.percent(accuracy))")
    }
    return lines + OutputFile.note(output)
  }

  var warnings: [String] { bricks.flatMap(\.warnings) }
}
