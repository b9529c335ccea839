import Checkpoints
import Figures
import Messages
import Names
import PopulationStatistics

extension ReportWriter {
  /// HTML with the findings of each model in words, and a table of the files.
  var verdict: String {
    models.map { model in
      var html = models.count > 1 ? "<h3>\(Markup.escaped(model.name))</h3>\n" : ""
      html += "<p class=\"lead\">\(Markup.escaped(summary(model)))</p>\n"
      let items = findings(model).map { finding in
        let mark =
          finding.severity == .good ? "No problem found." : finding.severity == .caution ? "Look at this." : "Wrong."
        let commands = finding.commands.map(Page.command).joined()
        return
          "<li class=\"\(finding.severity.rawValue)\"><strong>\(mark)</strong> \(TableHTML.breakable(Markup.escaped(finding.text)))\(commands)</li>"
      }
      html += items.isEmpty ? "" : "<ul class=\"findings\">\n\(items.joined(separator: "\n"))\n</ul>\n"
      return html + differences(model) + filesTable(model) + statesTable(model)
    }.joined() + (isComparison && models.count == 2 ? structuralDifferences : "")
  }

  /// HTML with the differences between the two files of a comparison, in words.
  private func differences(_ model: PicturedModel) -> String {
    guard isComparison, model.files.count == 2 else { return "" }
    let (first, second) = (model.files[0], model.files[1])
    func digest(_ file: PicturedFile) -> String? { file.facts.first { $0.name == "parameters digest" }?.text }
    var items: [String] = []
    if let one = digest(first), let other = digest(second) {
      items.append(one == other ? "Both files have the same parameters." : "The parameters differ.")
    }
    let drifts = SeriesFigures(model: model).drifts
    let changed = drifts.filter { $0.distances[0].divergence.worst > 0 }
    if !drifts.isEmpty, changed.isEmpty { items.append("The statistics are the same.") }
    items += changed.sorted { $0.distances[0].divergence.worst > $1.distances[0].divergence.worst }.prefix(3).map {
      drift in
      let distance = drift.distances[0]
      return
        "\(drift.brick) differs by up to |Δμ|/σ \(distance.meanShift.worstText), log σ-ratio \(distance.logarithmicRatio.worstText)."
    }
    items += model.files.filter(\.showsPairs).map {
      "The statistics of \($0.label) are pooled from its recorded update pairs."
    }
    if changed.count > 3 { items.append("The other \(counted(changed.count - 3, "normalization")) changed less.") }
    return list(items) + Page.command("bntool diff \(Shell.quoted(first.file)) \(Shell.quoted(second.file))") + "\n"
  }

  /// HTML with the tensors that only one of two different models has.
  private var structuralDifferences: String {
    let (first, second) = (models[0].files[0], models[1].files[0])
    func only(_ file: PicturedFile, not other: PicturedFile) -> String {
      let known = Set(other.structure)
      let rest = file.structure.filter { !known.contains($0) }
      return "Only in \(file.label): \(rest.isEmpty ? "nothing" : listed(rest, limit: 8))."
    }
    return "<h3>Differences</h3>\n" + list([only(first, not: second), only(second, not: first)])
  }

  private func list(_ items: [String]) -> String {
    items.isEmpty ? "" : "<ul>\(items.map { "<li>\(TableHTML.breakable(Markup.escaped($0)))</li>" }.joined())</ul>\n"
  }

  private func summary(_ model: PicturedModel) -> String {
    let file = model.files[0]
    let parameters = file.facts.first { $0.name == "parameters" }?.text
    let kind = file.facts.first { $0.name == "kind" }?.text ?? "model"
    let format = file.facts.first { $0.name == "format" }?.text ?? "checkpoint"
    let isCheckpoint = format.hasPrefix("checkpoint")
    // A model without a name of its own has the name of its file.
    let owner = kind != "model" ? " of \(kind)" : model.name.hasPrefix(file.label) ? "" : " of \(model.name)"
    let noun = (isCheckpoint && kind == "model" ? "checkpoint" : "file") + owner
    var parts = [counted(model.files.count, noun)]
    if !isCheckpoint, model.files.count == 1 { parts.append(format) }
    if kind == "model", let parameters { parts.append("parameters: \(parameters)") }
    if !file.normalizations.isEmpty { parts.append(counted(file.normalizations.count, "normalization")) }
    let records = model.files.reduce(0) { $0 + $1.updates.recordCount }
    if records > 0 { parts.append(counted(records, "recorded update pair")) }
    return parts.joined(separator: " · ")
  }

  private func filesTable(_ model: PicturedModel) -> String {
    guard model.files.count > 1 else { return "" }
    // If no file has a state, the table has no column for this state.
    let kinds: [(state: StatisticState, noun: String, severity: ReportFinding.Severity)] = [
      (.estimated, "estimated", .good), (.trainingAverage, "training averages", .caution), (.stale, "stale", .bad),
      (.neverEstimated, "never estimated", .bad),
    ].filter { kind in model.files.contains { $0.normalizations.contains { $0.state == kind.0 } } }
    let rows = model.files.map { file -> [String] in
      let states = file.normalizations.map(\.state)
      let dead = file.normalizations.reduce(0) { $0 + $1.series.deadChannels.count }
      return [Markup.escaped(file.label)]
        + kinds.map { kind in mark(states.count { $0 == kind.state }, of: states.count, kind.severity) } + [
          dead == 0 ? "0" : "<span class=\"mark caution\">\(dead)</span>",
          file.updates.isEmpty ? "–" : grouped(file.updates.recordCount),
        ]
    }
    let table = TableHTML.html(
      headings: ["file"] + kinds.map(\.noun) + ["dead channels", "update pairs"], rows: rows,
      caption: "Files of \(model.name)")
    return table + model.files.filter(\.showsPairs).map(ReportWriter.pairsNote).joined()
  }

  /// HTML that says that a file's numbers come from its update pairs.
  private static func pairsNote(_ file: PicturedFile) -> String {
    "<p class=\"note\">\(Markup.escaped(file.label)) has no estimated statistics. Its pictures, and its μ and σ in tables, show the "
      + "pooled statistics of its recorded update pairs. The data are compared with the initial values in the file.</p>\n"
  }

  private func mark(_ count: Int, of total: Int, _ severity: ReportFinding.Severity) -> String {
    count == 0 ? "0" : "<span class=\"mark \(severity.rawValue)\">\(count)</span> of \(total)"
  }

  /// HTML with a table for each detailed file: its normalizations with their states, ranges and standard errors.
  private func statesTable(_ model: PicturedModel) -> String {
    detailed(model).map { file in
      guard !file.normalizations.isEmpty else { return "" }
      let drifts = evaluations?.of(file.file)?.drifts ?? []
      let errors = Dictionary(drifts.map { ($0.brick, $0) }) { first, _ in first }
      let rows = file.normalizations.map { normalization -> [String] in
        let series = normalization.series
        let isGood = normalization.state == .estimated
        let severity: ReportFinding.Severity =
          switch normalization.state {
          case .estimated: .good
          case .trainingAverage: .caution
          case .stale: normalization.namesParameters ? .bad : .caution
          case .neverEstimated: .bad
          }
        let verdict =
          ["✓ ", "⚠ ", "≈ "].contains(where: normalization.verdict.hasPrefix)
          ? String(normalization.verdict.dropFirst(2)) : normalization.verdict
        let steps =
          series.hasTimeSteps
          ? "\(series.channelCount) × \(counted(series.steps.count, "step"))" : "\(series.channelCount)"
        return [
          Markup.escaped(normalization.brick.text), steps,
          "<span class=\"mark \(severity.rawValue)\">\(isGood ? "✓" : "⚠")</span> \(Markup.escaped(verdict))",
          ReportWriter.range(series.mean), ReportWriter.range(series.standardDeviation),
          series.deadChannels.isEmpty ? "0" : "<span class=\"mark caution\">\(series.deadChannels.count)</span>",
        ] + (drifts.isEmpty ? [] : [errors[normalization.brick].map { ReportWriter.errors($0) } ?? "–"])
      }
      let heading = isComparison ? "<h3>\(Markup.escaped(file.label))</h3>\n" : ""
      return heading
        + TableHTML.html(
          headings: ["normalization", "channels", "state", "μ", "σ", "dead"]
            + (drifts.isEmpty ? [] : ["data − stored"]),
          rows: rows, caption: "Normalizations of \(file.label)")
        + (file.showsPairs && (model.files.count == 1 || isComparison) ? ReportWriter.pairsNote(file) : "")
    }.joined()
  }

  private static func range(_ interval: StatisticSeries.Interval?) -> String {
    interval.map { "\(Formatting.short($0.minimum)) … \(Formatting.short($0.maximum))" } ?? "–"
  }

  private static func errors(_ drift: StatisticDrift) -> String {
    func text(_ difference: StatisticDrift.Difference) -> String {
      "\(Formatting.short(difference.value)) ± \(Formatting.short(difference.standardError))"
    }
    return "Δμ/σ \(text(drift.mean))" + (drift.standardDeviation.map { ", log σ-ratio \(text($0))" } ?? "")
  }
}
