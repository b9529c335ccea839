import Checkpoints
import Figures
import Messages
import Names
import PopulationStatistics

extension ReportWriter {
  /// The findings of each model in words, and a table of the files.
  var verdict: String {
    models.map { model in
      var html = models.count > 1 ? "<h3>\(Markup.escaped(model.name))</h3>\n" : ""
      html += "<p class=\"lead\">\(Markup.escaped(summary(model)))</p>\n"
      let items = findings(model).map { finding in
        let mark =
          finding.severity == .good ? "No problem found." : finding.severity == .caution ? "Look at this." : "Wrong."
        let commands = finding.commands.map { "<pre>\(Markup.escaped($0))</pre>" }.joined()
        return
          "<li class=\"\(finding.severity.rawValue)\"><strong>\(mark)</strong> \(Markup.escaped(finding.text))\(commands)</li>"
      }
      html += items.isEmpty ? "" : "<ul class=\"findings\">\n\(items.joined(separator: "\n"))\n</ul>\n"
      return html + filesTable(model) + statesTable(model)
    }.joined()
  }

  private func summary(_ model: PicturedModel) -> String {
    let file = model.files[0]
    let parameters = file.facts.first { $0.name == "parameters" }?.text
    let kind = file.facts.first { $0.name == "kind" }?.text ?? "model"
    let noun = kind == "model" ? "checkpoint of \(model.name)" : "file of \(kind)"
    var parts = [counted(model.files.count, noun)]
    if kind == "model", let parameters { parts.append("parameters: \(parameters)") }
    if !file.normalizations.isEmpty { parts.append(counted(file.normalizations.count, "normalization")) }
    let records = model.files.reduce(0) { $0 + $1.updates.recordCount }
    if records > 0 { parts.append(counted(records, "recorded update pair")) }
    return parts.joined(separator: " · ")
  }

  private func filesTable(_ model: PicturedModel) -> String {
    guard model.files.count > 1 else { return "" }
    // A state that no file has gets no column.
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
    return TableHTML.html(
      headings: ["file"] + kinds.map(\.noun) + ["dead channels", "update pairs"], rows: rows,
      caption: "Files of \(model.name)")
  }

  private func mark(_ count: Int, of total: Int, _ severity: ReportFinding.Severity) -> String {
    count == 0 ? "0" : "<span class=\"mark \(severity.rawValue)\">\(count)</span> of \(total)"
  }

  /// The normalizations of the detailed files, with their states, ranges and standard errors.
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
