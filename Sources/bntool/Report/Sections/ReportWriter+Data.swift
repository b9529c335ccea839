import Figures
import Messages
import Names
import PopulationStatistics

extension ReportWriter {
  /// The accuracy of each file with several statistics.
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
      "<p>Measured on \(counted(evaluations.exampleCount, "example")) of \(Markup.escaped(evaluations.data)). Parameters are the same in each row.</p>\n"
    html += TableHTML.html(headings: ["file"] + series.map(\.0), rows: rows, caption: "Accuracy")
    guard shown.count > 1 else { return html }
    let figure = Lines(
      title: "Accuracy of each file", quantity: "accuracy in %", placeNoun: "file", places: places,
      series: series.map { Lines.Series($0.0, $0.1.map { $0.map { 100 * $0 } ?? .nan }) }, includesZero: false
    ).figure()
    html += page.panels([page.html(of: figure)])
    return html
  }

  /// The drift of stored statistics from the statistics of the data.
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

  /// The means and variances of all units over time.
  mutating func curves(_ model: PicturedModel) -> String {
    let html = arranged(
      figures(of: model) { file, suffix in
        file.normalizations.prefix(ReportWriter.brickLimit).filter(\.series.hasTimeSteps).flatMap { normalization in
          let own = NormalizationFigures(normalization: normalization, suffix: suffix)
          return [own.meanCurves, own.varianceCurves].compactMap { $0 }
        }
      })
    guard !html.isEmpty else { return "" }
    return lead(model)
      + "<p>One thin line for each unit. The strong line is the median, and the band holds the middle half.</p>\n"
      + html
  }

  /// Each channel at each step, and in each file.
  mutating func channels(_ model: PicturedModel) -> String {
    let maps = arranged(
      figures(of: model) { file, suffix in
        file.normalizations.prefix(ReportWriter.brickLimit).filter(\.series.hasTimeSteps).flatMap { normalization in
          let own = NormalizationFigures(normalization: normalization, suffix: suffix)
          return [own.meanMap, own.deviationMap].compactMap { $0 }
        }
      })
    let html = maps.isEmpty ? "" : lead(model) + maps
    guard !isComparison else { return html }
    let series = SeriesFigures(model: model)
    let overFiles = model.bricks.prefix(ReportWriter.brickLimit).flatMap { brick in
      series.channelMaps(brick).map { figure in page.html(of: figure) }
    }
    guard !overFiles.isEmpty else { return html }
    return html
      + "<p>Each channel against its own median over the files. A file with wrong statistics is a column that stands out. A channel "
      + "that dies is a row that turns blue.</p>\n" + page.panels(overFiles)
  }

  /// Histograms over channels, and the ranges of parameters.
  mutating func distributions(_ model: PicturedModel) -> String {
    let files = detailed(model)
    let html = arranged(
      figures(of: model) { file, suffix in
        let kinds: [(quantity: String, values: (PicturedNormalization) -> [Double]?)] = [
          ("σ", { $0.state == .neverEstimated ? nil : $0.deviation.map($0.shown) }),
          ("μ/σ", { $0.state == .neverEstimated ? nil : $0.ratios }), ("γ", { $0.gamma }),
        ]
        let histograms = kinds.flatMap { kind in
          // The pictures of two files side by side have the same scale.
          let extent = files.flatMap(\.normalizations).flatMap { kind.values($0) ?? [] }
          return parts(of: file.normalizations.filter { !(kind.values($0)?.isEmpty ?? true) }).map { part in
            Ridges(
              title: "\(kind.quantity) over channels", subject: suffix, quantity: kind.quantity,
              rows: part.map {
                Ridges.Row($0.brick.text, kind.values($0) ?? [], ink: kind.quantity == "γ" ? .series(0) : ink($0))
              },
              extent: isComparison ? extent : []
            ).figure()
          }
        }
        return histograms
          + parts(of: file.parameters.filter { $0.values.minimum != nil }).map { ranges($0, suffix: suffix) }
      })
    return html.isEmpty ? "" : lead(model) + html
  }

  /// The figures of each detailed file. Their subject has the file's label if there are two.
  private func figures(of model: PicturedModel, _ figures: (PicturedFile, String) -> [Figure]) -> [[Figure]] {
    detailed(model).map { figures($0, isComparison ? $0.label : "") }
  }

  /// The figures of one file, or the figures of two files side by side.
  private mutating func arranged(_ lists: [[Figure]]) -> String {
    guard lists.count == 2 else { return page.panels(lists.flatMap { $0 }.map { page.html(of: $0) }) }
    return zip(lists[0], lists[1]).map { left, right in
      "<div class=\"pair\">\n\(page.html(of: left))\(page.html(of: right))</div>\n"
    }.joined()
  }

  /// The first items in lists that one figure has room for.
  private func parts<Item>(of items: [Item]) -> [[Item]] {
    stride(from: 0, to: min(items.count, 3 * ReportWriter.brickLimit), by: ReportWriter.brickLimit).map { start in
      Array(items[start..<min(start + ReportWriter.brickLimit, items.count)])
    }
  }

  private func ranges(_ parameters: [PicturedFile.Parameter], suffix: String) -> Figure {
    Intervals(
      title: "Values of parameters", subject: suffix, quantity: "value",
      legend: "dot: mean, thick line: ± standard deviation, thin line: range",
      rows: parameters.map { parameter in
        let values = parameter.values
        let (mean, deviation) = (values.mean ?? 0, values.standardDeviation ?? 0)
        let path = parameter.path.text
        return Intervals.Row(
          path.hasPrefix("/parameters/") ? String(path.dropFirst(11)) : path, mean,
          inner: (mean - deviation, mean + deviation), outer: (values.minimum ?? mean, values.maximum ?? mean),
          ink: values.notFiniteCount > 0 ? .bad : .series(0))
      }, columns: ["parameter", "mean", "mean − deviation", "mean + deviation", "least", "greatest"]
    ).figure()
  }

  private func ink(_ normalization: PicturedNormalization) -> Ink {
    switch normalization.state {
    case .estimated: normalization.series.deadChannels.isEmpty ? .series(0) : .caution
    case .trainingAverage: .series(0)
    case .stale: normalization.namesParameters ? .bad : .caution
    case .neverEstimated: .bad
    }
  }
}
