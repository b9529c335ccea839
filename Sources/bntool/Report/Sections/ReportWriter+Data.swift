import Figures
import Messages
import PopulationStatistics

extension ReportWriter {
  /// HTML with the accuracy of each file: with its own statistics, with those of its update pairs, and with those of the data.
  mutating func accuracy() -> String {
    guard let evaluations, evaluations.all.contains(where: { $0.asSaved != nil }) else { return "" }
    let labels = Dictionary(models.flatMap(\.files).map { ($0.file, $0.label) }) { first, _ in first }
    let shown = evaluations.all
    let places = shown.map { labels[$0.file] ?? $0.file }
    let rows = shown.indices.map { index in
      [Markup.escaped(places[index])] + evaluations.accuracies.map { $0.values[index].map(Formatting.percent) ?? "–" }
    }
    let html =
      "<p>Measured on \(counted(evaluations.exampleCount, "example")) of \(Markup.escaped(evaluations.data)). All columns of a row use the same parameters.</p>\n"
      + TableHTML.html(
        headings: ["file"] + evaluations.accuracies.map(\.statistics), rows: rows, caption: "Accuracy")
    return html + page.panels([evaluations.accuracyFigure(of: places)].compactMap { $0 }.map { page.html(of: $0) })
  }

  /// HTML with the drift between stored statistics and the statistics of the data.
  mutating func dataDrift() -> String {
    guard let evaluations else { return "" }
    let files = models.flatMap(detailed)
    var figures: [String] = []
    for file in files {
      guard let evaluation = evaluations.of(file.file), !evaluation.drifts.isEmpty else { continue }
      for figure in DriftDots.figures(evaluation.drifts, bound: ReportWriter.greatestDrift, suffix: file.label) {
        figures.append(page.html(of: figure))
      }
    }
    guard !figures.isEmpty else { return "" }
    return
      "<p>The worst channel of each normalization. The green band is the accepted drift, ± \(Formatting.exact(ReportWriter.greatestDrift)).</p>\n"
      + page.panels(figures)
  }
}
