import Checkpoints
import ComputationGraphs
import Messages
import Names

/// The report of `inspect` as text: a headline, the tree of bricks in columns, and the recorded update pairs.
struct InspectText {
  let report: InspectReport

  var text: String {
    var lines = [headline]
    if !report.bricks.isEmpty { lines += ["", treeLines.joined(separator: "\n")] }
    if let updates = report.updates {
      let batches = counted(updates.batches, "minibatch")
      let normalizations = counted(updates.normalizations, "normalization")
      lines += ["", "update pairs of \(batches) for \(normalizations)"]
      if report.bricks.isEmpty { lines += Columns.aligned(updateRows) }
    }
    for step in report.provenance { lines.append("made by \(InspectText.describe(step))") }
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    var parts = [report.file, report.kind == .model ? "model" : "update pairs", "format \(report.formatVersion)"]
    if report.kind == .model {
      parts.append(
        "\(counted(report.parameterCount, "parameter")) in "
          + counted(report.parameterTensorCount, "tensor"))
      parts.append(counted(report.statisticCount, "population statistic"))
    }
    return parts.joined(separator: " · ")
  }

  // MARK: The tree

  /// The usual and the greatest width of the tree. Longer lines are hard to read.
  private static let widths = (usual: 100, greatest: 120)

  /// The tree. If a label takes more than half of a line, its text is below it. Long texts continue on further lines.
  private var treeLines: [String] {
    let width = min(Terminal.lineWidth ?? InspectText.widths.usual, InspectText.widths.greatest)
    let rows = treeRows
    let names = ShortNames.shortened(rows.map(\.label), to: width)
    let labels = names.map(\.count).filter { $0 <= width / 2 }.max() ?? 0
    let types = rows.filter { !$0.details.isEmpty && $0.label.count <= width / 2 }.map(\.text.count).max() ?? 0
    func padded(_ text: String, to count: Int) -> String { text + Columns.spaces(max(count - text.count, 0)) }
    return zip(rows, names).flatMap { row, name -> [String] in
      guard name.count <= width / 2 else {
        let words = row.details.isEmpty ? row.text.split(separator: " ").map(String.init) : [row.text] + row.details
        let room = width - row.below.count - 2
        return [name]
          + Columns.wrapped(words, width: room, separator: row.details.isEmpty ? " " : "  ").map {
            "\(row.below)  \($0)"
          }
      }
      let below = padded(row.below, to: labels + 2)
      let lead = padded(name, to: labels + 2)
      guard !row.details.isEmpty else {
        let lines = Columns.wrapped(
          row.text.split(separator: " ").map(String.init), width: width - labels - 2, separator: " ")
        return [lead + (lines.first ?? "")] + lines.dropFirst().map { below + $0 }
      }
      let room = width - labels - types - 4
      guard room >= (row.details.map(\.count).max() ?? 0) else {
        return [lead + row.text]
          + Columns.wrapped(row.details, width: width - labels - 4).map { "\(below)  \($0)" }
      }
      let lines = Columns.wrapped(row.details, width: room)
      return [lead + padded(row.text, to: types + 2) + (lines.first ?? "")]
        + lines.dropFirst().map { below + Columns.spaces(types + 2) + $0 }
    }.map(Columns.withoutLastSpaces)
  }

  /// A brick, or facts about some of its tensors.
  private struct Row {
    let label: String
    /// The beginning of the lines that continue this row below its label.
    let below: String
    let text: String
    var details: [String] = []
  }

  private var treeRows: [Row] {
    var tensors: [Name: [InspectReport.TensorReport]] = [:]
    for tensor in report.tensors { tensors[tensor.brick, default: []].append(tensor) }
    return report.bricks.flatMap { rows(of: $0, path: "/\($0.name)", lead: "", childLead: "", tensors) }
  }

  private func rows(
    of node: BrickNode, path: Name, lead: String, childLead: String, _ tensors: [Name: [InspectReport.TensorReport]]
  ) -> [Row] {
    let own = tensors[path] ?? []
    let parameters = own.filter { $0.statistic == nil && !$0.path.hasPrefix("/updates/") }
    var details = parameters.map { "\($0.name) \(Formatting.shape($0.shape))" }
    if let dimensions = dimensions(of: node) { details.insert(dimensions, at: 0) }
    let below = childLead + (node.children.isEmpty ? "  " : "│ ")
    var rows = [Row(label: lead + node.name.text, below: below, text: node.type.text, details: details)]
    for statistics in Grouped.statistics(own) {
      rows.append(Row(label: below + statistics.label, below: below, text: statistics.verdict + momentum(of: node)))
    }
    for tensor in own {
      guard let values = tensor.values else { continue }
      rows.append(Row(label: below + tensor.name, below: below, text: InspectText.describe(values)))
    }
    for (index, child) in node.children.enumerated() {
      let isLast = index == node.children.count - 1
      rows += self.rows(
        of: child, path: "\(path)/\(child.name)", lead: childLead + (isLast ? "└ " : "├ "),
        childLead: childLead + (isLast ? "  " : "│ "), tensors)
    }
    return rows
  }

  /// The momentum of moving averages, if a framework's configuration has one.
  private func momentum(of node: BrickNode) -> String {
    guard let momentum = try? node.configuration["momentum"]?.number() else { return "" }
    return ", momentum \(Formatting.exact(momentum))"
  }

  /// The dimensions in the form `64 → 128 → 10`, if the configuration has dimensions.
  private func dimensions(of node: BrickNode) -> String? {
    guard case .list(let list)? = node.configuration["dimensions"] else { return nil }
    let numbers = list.compactMap { if case .integer(let number) = $0 { String(number) } else { nil } }
    return numbers.count == list.count && !numbers.isEmpty ? numbers.joined(separator: " → ") : nil
  }

  static func describe(_ values: ValueSummary) -> String {
    guard let minimum = values.minimum, let maximum = values.maximum, let mean = values.mean,
      let deviation = values.standardDeviation
    else { return values.notFiniteCount == 0 ? "empty" : "no finite element" }
    let text =
      "\(Formatting.short(minimum)) … \(Formatting.short(maximum)), mean \(Formatting.short(mean)), "
      + "stdev \(Formatting.short(deviation))"
    return values.notFiniteCount == 0
      ? text : "\(text), ⚠ \(counted(values.notFiniteCount, "element")) not finite"
  }

  // MARK: Update pairs and provenance

  private var updateRows: [[String]] {
    report.tensors.filter { !$0.path.hasSuffix("/counts") }.map { tensor in
      [
        "  \(tensor.path.text.dropFirst("/updates".count))", "\(tensor.type) \(Formatting.shape(tensor.shape))",
        tensor.values.map(InspectText.describe) ?? "",
      ]
    }
  }

  static func describe(_ step: ProvenanceStep) -> String {
    func text(_ key: Name) -> String? { if case .text(let value)? = step[key] { value } else { nil } }
    var words = [text("operation") ?? "an unknown operation"]
    let options = [text("method"), text("weights").map { "weights \($0)" }].compactMap { $0 }
    if !options.isEmpty { words.append("(\(options.joined(separator: ", ")))") }
    if case .list(let inputs)? = step["inputs"] {
      let names = inputs.compactMap { input -> String? in
        guard case .object(let facts) = input, case .text(let name)? = facts["name"] else { return nil }
        return name
      }
      words.append("from \(names.count > 4 ? counted(names.count, "file") : names.joined(separator: ", "))")
    }
    return words.joined(separator: " ")
  }
}

/// The statistics of a brick, grouped into one line for each shape and origin.
private struct Grouped {
  let label: String
  let verdict: String

  static func statistics(_ tensors: [InspectReport.TensorReport]) -> [Grouped] {
    var groups: [(key: String, names: [String], tensor: InspectReport.TensorReport)] = []
    for tensor in tensors {
      guard let statistic = tensor.statistic else { continue }
      let key = "\(Formatting.shape(tensor.shape)) \(statistic.verdict)"
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].names.append(tensor.name)
      } else {
        groups.append((key, [tensor.name], tensor))
      }
    }
    return groups.map { group in
      Grouped(
        label: "\(group.names.joined(separator: ", ")) \(Formatting.shape(group.tensor.shape))",
        verdict: group.tensor.statistic?.verdict ?? "")
    }
  }
}

extension InspectReport.StatisticReport {
  /// The state and the origin of the statistic, in words.
  var verdict: String {
    let epsilon = "ε \(Formatting.exact(epsilon))"
    switch state {
    case .neverEstimated: return "⚠ never estimated, \(epsilon)"
    case .stale:
      return
        "⚠ stale: estimated with \(namesParameters ? "other" : "unknown or mixed") parameters, \(source), \(epsilon)"
    case .trainingAverage:
      return "≈ training average\(records > 0 ? " over \(counted(records, "batch"))" : ""), \(epsilon)"
    case .estimated: return "✓ \(source), \(epsilon)"
    }
  }

  private var source: String {
    let counts = observationCounts
    var text = "\(estimator) over \(Formatting.observations(counts))"
    if records > 0 { text += " in \(counted(records, "batch"))" }
    let missing = counts.count { $0 == 0 }
    return missing > 0 ? "\(text), ⚠ \(counted(missing, "step")) never observed" : text
  }
}
