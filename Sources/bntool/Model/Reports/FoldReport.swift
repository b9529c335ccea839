import ComputationGraphs
import Messages
import Names

/// The report of `fold`. schemas/fold.schema.json describes its JSON.
struct FoldReport: Report {
  /// A normalization that was folded into linear maps.
  struct Folded: Encodable {
    let brick: Name
    let weights: [String]
    let newBiases: [String]
  }

  /// A normalization that could not be folded.
  struct Kept: Encodable {
    let brick: Name
    let reason: String
  }

  let input: String
  let output: String
  let folded: [Folded]
  let kept: [Kept]

  init(input: String, output: String, folded: FoldedModel) {
    self.input = input
    self.output = output
    self.folded = folded.folds.map { fold in
      Folded(
        brick: fold.brick, weights: fold.weights.map(\.description), newBiases: fold.newBiases.map(\.description))
    }
    kept = folded.refusals.map { Kept(brick: $0.brick, reason: $0.reason) }
  }

  var lines: [String] {
    let rows = folded.map { fold in
      let added = fold.newBiases.isEmpty ? "" : ", with new biases \(fold.newBiases.joined(separator: ", "))"
      return ["  \(fold.brick)", "→ \(fold.weights.joined(separator: ", "))\(added)"]
    }
    // A shared normalization can have several entries.
    let keptBricks = Set(kept.map(\.brick))
    let foldedBricks = Set(folded.map(\.brick)).subtracting(keptBricks)
    let count = foldedBricks.count + keptBricks.count
    return ["\(input): folded \(counted(foldedBricks.count, of: count, "normalization"))"]
      + Columns.aligned(rows) + (kept.isEmpty ? [] : ["not folded:"] + keptLines) + OutputFile.note(output)
  }

  /// The normalizations that could not be folded, grouped by reason. The reason is below the normalizations of its group.
  var keptLines: [String] {
    var lines: [String] = []
    var reasons: [String] = []
    for reason in kept.map(\.reason) where !reasons.contains(reason) {
      reasons.append(reason)
      lines += kept.filter { $0.reason == reason }.map { "  \($0.brick)" }
      lines.append("    \(reason)")
    }
    return lines
  }
}
