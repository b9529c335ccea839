import ComputationGraphs
import Figures
import Messages
import Names
import PopulationStatistics

/// Writes the page of a report, section by section.
struct ReportWriter {
  let models: [PicturedModel]
  let evaluations: Evaluations?
  /// Whether the page shows two files side by side.
  let isComparison: Bool

  /// The greatest number of normalizations of a model that get pictures of their own. The other normalizations appear only in
  /// pictures of several normalizations.
  static let brickLimit = 24
  /// The greatest accepted drift of statistics, as in `check`.
  static let greatestDrift = 0.1

  /// The page so far.
  var page = Page(title: "")

  init(models: [PicturedModel], evaluations: Evaluations?, isComparison: Bool) {
    (self.models, self.evaluations, self.isComparison) = (models, evaluations, isComparison)
  }

  /// The findings about all models, the worst ones first for each model.
  var findings: [ReportFinding] { models.flatMap(findings) }

  func findings(_ model: PicturedModel) -> [ReportFinding] {
    let drifts = model.files.compactMap { file -> ReportFinding? in
      // Statistics that were never estimated cannot fit any data, so do not report their drift.
      guard !file.normalizations.contains(where: { $0.state == .neverEstimated }) else { return nil }
      return evaluations?.of(file.file).flatMap {
        ReportFinding.drift($0, label: file.label, data: evaluations?.data ?? "", bound: ReportWriter.greatestDrift)
      }
    }
    let own = Findings(model).all
    return drifts + (drifts.isEmpty ? own : own.filter { $0.severity != .good })
  }

  /// The whole page.
  mutating func written() -> Page {
    page = Page(title: title)
    page.add("Verdict", verdict)
    page.add("Accuracy", accuracy())
    page.add("Data against statistics", dataDrift())
    page.add("Statistics over time steps", perModel { $0.curves($1) })
    page.add("Channels", perModel { $0.channels($1) })
    page.add("Distributions", perModel { $0.distributions($1) })
    page.add("Drift between files", perModel { $0.drift($1) })
    page.add("Bricks", perModel { $0.bricks($1) })
    page.add("Recorded update pairs", perModel { $0.pairs($1) })
    page.add("Provenance", perModel { $0.provenance($1) })
    return page
  }

  private var title: String {
    let count = models.reduce(0) { $0 + $1.files.count }
    if count == 1 { return "Statistics of \(models[0].files[0].label)" }
    if isComparison, let model = models.first, model.files.count == 2 {
      return "\(model.files[0].label) and \(model.files[1].label) compared"
    }
    return "Statistics of \(counted(count, "file"))" + (models.count > 1 ? " of \(counted(models.count, "model"))" : "")
  }

  /// The content of a section for each model, with the model's name if there are several.
  private mutating func perModel(_ content: (inout ReportWriter, PicturedModel) -> String) -> String {
    models.map { model in
      let html = content(&self, model)
      return html.isEmpty || models.count == 1 ? html : "<h3>\(Markup.escaped(model.name))</h3>\n\(html)"
    }.joined()
  }

  /// The files whose details are shown: both files of a comparison, or the last file with estimated statistics.
  func detailed(_ model: PicturedModel) -> [PicturedFile] {
    if isComparison { return model.files }
    let known = model.files.last { $0.normalizations.contains(where: \.isKnown) }
    return [known ?? model.files[model.files.count - 1]]
  }

  /// A sentence that names the file whose details are shown, if the model has several files.
  func lead(_ model: PicturedModel) -> String {
    let shown = detailed(model)
    guard model.files.count > 1, shown.count == 1 else { return "" }
    let isLast = shown[0].file == model.files[model.files.count - 1].file
    return
      "<p class=\"lead\">These are the numbers of \(Markup.escaped(shown[0].label)), the last file\(isLast ? "" : " with statistics").</p>\n"
  }
}
