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
    let series = [
      ("statistics of the file", shown.map { $0.asSaved }),
      ("statistics of its update pairs", shown.map { $0.fromPairs }),
      ("statistics of these data", shown.map { $0.fromData }),
    ].filter { $0.1.contains { $0 != nil } }
    let rows = shown.indices.map { index in
      [Markup.escaped(places[index])] + series.map { $0.1[index].map(Formatting.percent) ?? "–" }
    }
    var html =
      "<p>Measured on \(counted(evaluations.exampleCount, "example")) of \(Markup.escaped(evaluations.data)). All columns of a row use the same parameters.</p>\n"
    html += TableHTML.html(headings: ["file"] + series.map(\.0), rows: rows, caption: "Accuracy")
    guard shown.count > 1 else { return html }
    let figure = Lines(
      title: "Accuracy of each file", quantity: "accuracy in %", placeNoun: "file", places: places,
      series: series.map { Lines.Series($0.0, $0.1.map { $0.map { 100 * $0 } ?? .nan }) }, includesZero: false
    ).figure()
    html += page.panels([page.html(of: figure)])
    return html
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
