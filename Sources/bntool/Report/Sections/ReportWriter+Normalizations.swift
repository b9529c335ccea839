import Figures
import Messages
import Names

extension ReportWriter {
  /// HTML with the means and variances of all units over time.
  mutating func curves(_ model: PicturedModel) -> String {
    let html = overTime(model) { [$0.meanCurves, $0.varianceCurves] }
    guard !html.isEmpty else { return "" }
    return lead(model)
      + "<p>One thin line for each unit. The strong line is the median, and the band holds the middle half.</p>\n"
      + html
  }

  /// HTML with maps of the channels: over time steps, and over files.
  mutating func channels(_ model: PicturedModel) -> String {
    let maps = overTime(model) { [$0.meanMap, $0.deviationMap] }
    let html = maps.isEmpty ? "" : lead(model) + maps
    guard !isComparison else { return html + changes(model) }
    let series = SeriesFigures(model: model)
    let overFiles = model.bricks.prefix(ReportWriter.brickLimit).flatMap { brick in
      series.channelMaps(brick).map { figure in page.html(of: figure) }
    }
    guard !overFiles.isEmpty else { return html }
    return html
      + "<p>Each channel against its own median over the files. A file with wrong statistics is a column that stands out. A channel "
      + "that dies is a row that turns blue.</p>\n" + page.panels(overFiles)
      + rest(of: model.bricks.count, ReportWriter.brickLimit)
  }

  /// HTML with histograms over channels, and with the ranges of parameters.
  mutating func distributions(_ model: PicturedModel) -> String {
    let files = detailed(model)
    let kinds: [(quantity: String, values: (PicturedNormalization) -> [Double]?)] = [
      ("σ", { $0.isKnown ? $0.deviation.map($0.shown) : nil }), ("μ/σ", { $0.isKnown ? $0.ratios : nil }),
      ("γ", { $0.gamma }),
    ]
    var rows = kinds.flatMap { kind in
      let bricks = files[0].normalizations.map(\.brick).filter { brick in
        files.contains { file in !(file[brick].flatMap(kind.values)?.isEmpty ?? true) }
      }
      return parts(of: bricks).map { part in
        files.enumerated().map { index, file in
          histograms(kind.quantity, of: part, in: file, beside: files.count == 2 ? files[1 - index] : nil, kind.values)
        }
      }
    }
    rows += parts(of: files[0].parameters.filter { $0.values.minimum != nil }.map(\.path)).map { part in
      let lists = files.map { file in file.parameters.filter { part.contains($0.path) } }
      return zip(files, lists).map { file, own in
        ParameterRanges(own, suffix: isComparison ? file.label : "", extent: lists.flatMap { $0 }).figure
      }
    }
    guard !rows.isEmpty else { return "" }
    let html =
      isComparison ? pairs(rows, files) : page.panels(rows.flatMap { $0 }.compactMap { $0 }.map { page.html(of: $0) })
    let count = max(files[0].normalizations.count, files[0].parameters.count)
    return lead(model) + html + rest(of: count, 3 * ReportWriter.brickLimit)
  }

  private func histograms(
    _ quantity: String, of bricks: [Name], in file: PicturedFile, beside other: PicturedFile?,
    _ values: (PicturedNormalization) -> [Double]?
  ) -> Figure? {
    let rows = bricks.map { brick in
      let own = file[brick]
      return Ridges.Row(
        brick.text, own.flatMap(values) ?? [], ink: quantity == "γ" ? .series(0) : own.map(ink) ?? .muted,
        peer: other?[brick].flatMap(values) ?? [])
    }
    guard rows.contains(where: { !$0.values.isEmpty }) else { return nil }
    return Ridges(
      title: "\(quantity) over channels", subject: isComparison ? file.label : "", quantity: quantity, rows: rows
    ).figure()
  }

  /// HTML with two figures of each normalization that has time steps: side by side, or each beside the same figure of the other file.
  private mutating func overTime(_ model: PicturedModel, _ figures: (NormalizationFigures) -> [Figure?]) -> String {
    let files = detailed(model)
    let bricks = files[0].normalizations.map(\.brick).filter { brick in
      files.contains { file in file[brick].map { $0.series.hasTimeSteps && $0.isKnown } ?? false }
    }
    let rows = bricks.prefix(ReportWriter.brickLimit).flatMap { brick -> [[Figure?]] in
      let own = files.map { file in file[brick].flatMap { $0.isKnown ? $0 : nil } }
      let lists = own.enumerated().map { index, normalization -> [Figure?] in
        guard let normalization else { return [nil, nil] }
        return figures(
          NormalizationFigures(
            normalization: normalization, suffix: isComparison ? files[index].label : "",
            beside: own.count == 2 ? own[1 - index] : nil))
      }
      return files.count == 2 ? (0..<2).map { kind in lists.map { $0[kind] } } : lists
    }
    return pairs(rows, files) + (rows.isEmpty ? "" : rest(of: bricks.count, ReportWriter.brickLimit))
  }

  /// HTML with two figures in each row. A file of a comparison that has no such figure gets a sentence instead.
  private mutating func pairs(_ rows: [[Figure?]], _ files: [PicturedFile]) -> String {
    rows.map { row in
      let cells = row.enumerated().map { index, figure in
        figure.map { page.html(of: $0) }
          ?? (files.count == 2
            ? "<p class=\"note\">\(Markup.escaped(files[index].label)) has no such statistics.</p>\n" : "")
      }
      return "<div class=\"pair\">\n\(cells.joined())</div>\n"
    }.joined()
  }

  /// HTML with the channels that differ between two files.
  private mutating func changes(_ model: PicturedModel) -> String {
    let figures = model.bricks.prefix(ReportWriter.brickLimit).compactMap { ChannelChanges($0, in: model)?.figure }
    guard !figures.isEmpty else { return "" }
    return
      "<p>One dot for each channel. Channels that do not differ are at 0. The channels that differ most are labeled; "
      + "the table lists more of them.</p>\n" + page.panels(figures.map { page.html(of: $0) })
      + rest(of: model.bricks.count, ReportWriter.brickLimit)
  }

  /// Divides the first items into lists that each fit into one figure.
  private func parts<Item>(of items: [Item]) -> [[Item]] {
    stride(from: 0, to: min(items.count, 3 * ReportWriter.brickLimit), by: ReportWriter.brickLimit).map { start in
      Array(items[start..<min(start + ReportWriter.brickLimit, items.count)])
    }
  }

  /// A sentence about items without a picture; empty if all items have one.
  private func rest(of count: Int, _ limit: Int) -> String {
    count > limit
      ? "<p class=\"note\">These are the first \(grouped(limit)) of \(grouped(count)). --select chooses others.</p>\n"
      : ""
  }

  private func ink(_ normalization: PicturedNormalization) -> Ink {
    switch normalization.state {
    case .estimated: normalization.series.deadChannels.isEmpty ? .series(0) : .caution
    case .trainingAverage: .series(0)
    case .stale: normalization.namesParameters ? .bad : .caution
    case .neverEstimated: normalization.isFromPairs ? .series(0) : .bad
    }
  }
}

extension PicturedFile {
  /// The normalization of a brick.
  subscript(brick: Name) -> PicturedNormalization? { normalizations.first { $0.brick == brick } }
}
