import Checkpoints
import Messages

/// The report of `soup`. schemas/soup.schema.json describes its JSON.
struct SoupReport: Report {
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

  var lines: [String] {
    let title =
      "accuracy on \(heldOut) (\(counted(examples, "example"))), statistics from \(data)"
      + (data == heldOut ? " (without its labels)" : "")
    let rows = decisions.enumerated().map { index, decision in
      [
        "  \(decision.file)", "alone \(Formatting.percent(decision.accuracy))",
        index == 0 ? "" : "with it \(Formatting.percent(decision.soupAccuracy))", decision.kept ? "kept" : "left out",
      ]
    }
    let kept = counted(decisions.count(where: \.kept), of: decisions.count, "checkpoint")
    let result = "averaged \(kept) · accuracy \(Formatting.percent(accuracy))"
    return [title] + Columns.aligned(rows) + [result] + OutputFile.note(output)
  }
}
