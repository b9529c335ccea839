import Checkpoints
import ComputationGraphs
import Messages
import PopulationStatistics

extension CheckpointComparison: Report {
  var lines: [String] { [DiffText(comparison: self).text] }
}

/// The report of `diff` as text: structure, values, statistics, update pairs, and a summary.
struct DiffText {
  let comparison: CheckpointComparison

  var text: String {
    let sections = [structure, tensors, statistics, updates].filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    return (["A  \(comparison.old.file)\nB  \(comparison.new.file)"] + sections + [summary]).joined(separator: "\n\n")
  }

  private var summary: String {
    let tensors = counted(comparison.comparedTensorCount, "tensor")
    guard !comparison.isSame else {
      if comparison.old.contentDigest == comparison.new.contentDigest { return "the files have the same content" }
      let tolerance =
        comparison.tolerance > 0 ? " beyond the tolerance (\(Formatting.exact(comparison.tolerance)))" : ""
      return "no differences\(tolerance), \(tensors) compared"
    }
    let parts = [
      (comparison.structure.count, "\(comparison.structure.count) in structure"),
      (comparison.tensors.count, counted(comparison.tensors.count, of: comparison.comparedTensorCount, "tensor")),
      (comparison.statistics.count, counted(comparison.statistics.count, "statistic")),
      (
        comparison.updates.count,
        "update pairs of \(counted(comparison.updates.count, "application"))"
      ),
    ]
    return "different: \(parts.filter { $0.0 > 0 }.map(\.1).joined(separator: ", "))"
  }

  // MARK: Structure

  private var structure: [String] {
    let groups = NumberedPaths.collapsed(comparison.structure, path: \.path.text) {
      [$0.subject.rawValue, $0.change.rawValue, $0.message]
    }
    guard !groups.isEmpty else { return [] }
    return ["structure"]
      + zip(groups, ShortNames.fitting(groups.map(\.path), beside: 6)).map { group, path in
        let first = group.items[0]
        return "  \(DiffText.sign(of: first.change)) \(path): \(DiffText.noun(of: first))\(first.message)"
      }
  }

  private static func sign(of change: StructuralDifference.Change) -> String {
    switch change {
    case .added: "+"
    case .removed: "-"
    case .changed: "~"
    }
  }

  private static func noun(of difference: StructuralDifference) -> String {
    switch (difference.subject, difference.change) {
    case (.brick, .added), (.brick, .removed): "brick of type "
    case (.tensor, .added), (.tensor, .removed): "tensor, "
    case (.updates, .added), (.updates, .removed): "update pairs, "
    case (.updates, .changed): "update pairs: "
    default: ""
    }
  }

  // MARK: Values

  private var tensors: [String] {
    let groups = NumberedPaths.collapsed(comparison.tensors, path: \.path.text) { _ in 0 }
    guard !groups.isEmpty else { return [] }
    let rows = zip(groups, ShortNames.fitting(groups.map(\.path), beside: 2)).map { group, path -> [String] in
      let worst = group.items.max { $0.distance.relative < $1.distance.relative } ?? group.items[0]
      let place = index(worst.distance.maximumIndex, in: worst.shape)
      return [
        "  \(path)",
        "    \(share(group.items)) differ, greatest |Δ| \(Formatting.short(worst.distance.maximum)), "
          + "\(Formatting.short(worst.distance.relative)) of the scale"
          + (group.items.count == 1
            ? ", at \(place)"
            : "\n    greatest in \(ShortNames.fitting([worst.path.text], beside: 32)[0]) at \(place)"),
      ] + notFinite(group.items.map(\.distance), group.items.map(\.shape))
    }
    return ["values (the scale is the root mean square of the tensor in A or B, whichever is greater)"]
      + rows.flatMap { $0 }
  }

  private func share(_ items: [TensorDifference]) -> String {
    let differing = items.reduce(0) { $0 + $1.distance.differingCount }
    let all = items.reduce(0) { $0 + $1.distance.elementCount }
    return counted(differing, of: all, "element")
  }

  private func notFinite(_ distances: [TensorDistance], _ shapes: [[Int]]) -> [String] {
    let count = distances.reduce(0) { $0 + $1.notFiniteCount }
    guard count > 0, let index = distances.firstIndex(where: { $0.notFiniteCount > 0 }),
      let first = distances[index].firstNotFinite
    else { return [] }
    let place = self.index(first, in: shapes[index])
    return [
      "    ⚠ \(counted(count, "element")) not finite in one file, or not finite and unequal in both; the first at \(place)"
    ]
  }

  /// An index in brackets, such as `[3, 5]`.
  private func index(_ index: Int, in shape: [Int]) -> String {
    var rest = index
    var indices: [Int] = []
    for extent in shape.reversed() where extent > 0 {
      indices.insert(rest % extent, at: 0)
      rest /= extent
    }
    return "\(indices)"
  }

  // MARK: Statistics

  private var statistics: [String] {
    let groups = NumberedPaths.collapsed(comparison.statistics, path: \.path.text) {
      ($0.distance == nil ? "" : $0.stepCount.map { "\($0) steps" } ?? "one") + $0.origin.joined(separator: "\n")
    }
    guard !groups.isEmpty else { return [] }
    let paths = ShortNames.fitting(groups.map(\.path), beside: 30)
    return ["statistics (σ = sqrt(variance + ε))"]
      + zip(groups, paths).flatMap { [title($1, $0.items)] + lines(of: $0.items) }
  }

  private func title(_ path: String, _ items: [StatisticDifference]) -> String {
    let channels = counted(items.reduce(0) { $0 + $1.channelCount }, "channel")
    let steps = items[0].stepCount.map { " × \(counted($0, "step"))" } ?? ""
    return "  \(path)  \(channels)\(steps)"
  }

  private func lines(of items: [StatisticDifference]) -> [String] {
    let measured = items.compactMap { item in item.distance.map { (item.path.text, item.channelCount, $0) } }
    let measures = measured.isEmpty ? [] : MeasureRows.lines(of: measured)
    return measures + items[0].origin.map { "    \($0)" }
  }

  // MARK: Update pairs

  private var updates: [String] {
    let groups = NumberedPaths.collapsed(comparison.updates, path: \.path.text) { difference in
      [difference.added, difference.removed, difference.changed.map { "\($0.batch): \($0.message)" }]
        + [["\(difference.sameCount)"]]
    }
    guard !groups.isEmpty else { return [] }
    return ["update pairs"]
      + zip(groups, ShortNames.fitting(groups.map(\.path), beside: 24)).flatMap { group, path -> [String] in
        let item = group.items[0]
        let again = Set(item.added).intersection(item.removed)
        let lists = [
          ("+", item.added.filter { !again.contains($0) }), ("-", item.removed.filter { !again.contains($0) }),
          ("~", item.changed.map { "\($0.batch): \($0.message)" }),
        ]
        var lines = lists.flatMap { sign, batches -> [String] in
          let shown = batches.prefix(3).map { "    \(sign) \($0)" }
          return batches.count > 3 ? shown + ["    \(sign) and \(batches.count - 3) more"] : shown
        }
        if !again.isEmpty {
          let batches = counted(again.count, "minibatch")
          lines.insert("    ~ \(batches) recorded again with other parameters", at: 0)
        }
        return ["  \(path)  \(counted(item.sameCount, "equal record"))"] + lines
      }
  }
}
