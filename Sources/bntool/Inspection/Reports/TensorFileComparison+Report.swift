import Interchange
import Messages

/// The report of `diff` on two files of named tensors.
extension TensorFileComparison: Report {
  var lines: [String] {
    let same = counted(sameCount, "tensor")
    guard !isSame else { return ["\(first) and \(second) hold the same \(same)"] }
    let rows = differences.map { difference in
      let name = "  \(difference.name)"
      if let first = difference.first, let second = difference.second { return [name, "\(first) → \(second)"] }
      return [name, difference.greatest.map { "|Δ| ≤ \(Formatting.short($0))" } ?? "⚠ not finite in one file"]
    }
    return ["\(first) → \(second): \(same) \(sameCount == 1 ? "is" : "are") the same"] + Columns.aligned(rows)
      + renamings.map { "  the same numbers: \($0.first) → \($0.second)" }
      + onlyFirst.map { "  only in \(first): \($0)" } + onlySecond.map { "  only in \(second): \($0)" }
  }
}
