import Interchange
import Messages

/// The differences between two files of named tensors as text.
struct TensorDiffText {
  let comparison: TensorFileComparison

  var text: String {
    let same = counted(comparison.sameCount, "tensor")
    guard !comparison.isSame else { return "\(comparison.first) and \(comparison.second) hold the same \(same)" }
    var lines = [
      "\(comparison.first) → \(comparison.second): \(same) \(comparison.sameCount == 1 ? "is" : "are") the same"
    ]
    lines += Columns.aligned(
      comparison.differences.map { difference in
        let name = "  \(difference.name)"
        if let first = difference.first, let second = difference.second { return [name, "\(first) → \(second)"] }
        return [name, difference.greatest.map { "|Δ| ≤ \(Formatting.short($0))" } ?? "⚠ not finite in one file"]
      })
    lines += comparison.renamings.map { "  the same numbers: \($0.first) → \($0.second)" }
    lines += comparison.onlyFirst.map { "  only in \(comparison.first): \($0)" }
    lines += comparison.onlySecond.map { "  only in \(comparison.second): \($0)" }
    return lines.joined(separator: "\n")
  }
}
