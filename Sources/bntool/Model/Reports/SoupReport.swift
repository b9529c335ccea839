import Checkpoints
import Messages

/// The report of `soup`. schemas/soup.schema.json describes its JSON.
struct SoupReport: Encodable {
  struct Decision: Encodable {
    let file: String
    let accuracy: Double
    let soupAccuracy: Double
    let kept: Bool
  }

  let heldOut: String
  let data: String
  let examples: Int
  let decisions: [Decision]
  let accuracy: Double
  let output: String

  init(_ soup: GreedySoup, heldOut: String, data: String, examples: Int, output: String) {
    self.heldOut = heldOut
    self.data = data
    self.examples = examples
    self.output = output
    accuracy = soup.score
    decisions = soup.decisions.map {
      Decision(file: $0.file, accuracy: $0.ownScore, soupAccuracy: $0.soupScore, kept: $0.isKept)
    }
  }

  func show(asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    try Console.print(
      "accuracy on \(heldOut) (\(counted(examples, "example"))), statistics from \(data)"
        + (data == heldOut ? " (without its labels)" : ""))
    let rows = decisions.enumerated().map { index, decision in
      [
        "  \(decision.file)", "alone \(Formatting.percent(decision.accuracy))",
        index == 0 ? "" : "with it \(Formatting.percent(decision.soupAccuracy))", decision.kept ? "kept" : "left out",
      ]
    }
    try Console.print(Columns.aligned(rows).joined(separator: "\n"))
    let count = decisions.count(where: \.kept)
    try Console.print(
      "averaged \(counted(count, of: decisions.count, "checkpoint")) · accuracy \(Formatting.percent(accuracy))"
    )
    try Console.print(OutputFile.note(output))
  }
}
