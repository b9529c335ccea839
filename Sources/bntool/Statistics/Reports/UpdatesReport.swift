import Checkpoints
import Names

/// What `extract` and `merge` report; schemas/updates.schema.json describes its JSON.
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

  private enum CodingKeys: String, CodingKey {
    case output, batches, bricks
    case parameterSets = "parameter_sets"
  }

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
      ["  \($0.brick)", Formatting.counted($0.records, "record"), Formatting.counted($0.observations, "observation")]
    }
    let sets = parameterSets == 1 ? "one set of parameters" : "\(parameterSets) sets of parameters"
    try Console.print("update pairs of \(Formatting.counted(batches, "minibatch", plural: "minibatches")), \(sets)")
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    try Console.print(OutputFile.note(output))
  }
}
