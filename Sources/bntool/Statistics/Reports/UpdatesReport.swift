import Checkpoints
import Messages
import Names

/// The report of `collect`, `extract` and `merge`. schemas/updates.schema.json describes its JSON.
struct UpdatesReport: Encodable {
  struct Brick: Encodable {
    let brick: Name
    let records: Int
    let observations: Int64
  }

  let output: String
  let batches: Int
  let parameterSets: Int
  let bricks: [Brick]

  init(_ summary: UpdateSummary, output: String) {
    self.output = output
    batches = summary.batchCount
    parameterSets = summary.parameterSetCount
    bricks = summary.bricks.map {
      Brick(brick: $0.brick, records: $0.recordCount, observations: $0.observationCount)
    }
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else {
      try Console.print(json: self)
      return
    }
    let rows = bricks.map {
      ["  \($0.brick)", counted($0.records, "record"), counted($0.observations, "observation")]
    }
    try Console.print(
      "update pairs of \(counted(batches, "minibatch")), \(counted(parameterSets, "set of parameters"))")
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    try Console.print(OutputFile.note(output))
  }
}
