import Checkpoints
import Messages
import Names

/// The report of `collect`, `extract` and `merge`. schemas/updates.schema.json describes its JSON.
struct UpdatesReport: Report {
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

  var lines: [String] {
    let rows = bricks.map {
      ["  \($0.brick)", counted($0.records, "record"), counted($0.observations, "observation")]
    }
    return ["update pairs of \(counted(batches, "minibatch")), \(counted(parameterSets, "set of parameters"))"]
      + Columns.aligned(rows) + OutputFile.note(output)
  }
}
