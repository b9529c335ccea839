import Figures
import Messages
import Names

extension ReportWriter {
  /// HTML with the means and variances of all units over time.
  mutating func curves(_ model: PicturedModel) -> String {
    let html = overTime(model, upTo: .curves) { [$0.meanCurves, $0.varianceCurves] }
    guard !html.isEmpty else { return "" }
    return lead(model)
      + "<p>One thin line for each unit. The strong line is the median, and the band holds the middle half.</p>\n"
      + html
  }

  /// HTML with maps of the channels: over time steps, and over files.
  mutating func channels(_ model: PicturedModel) -> String {
    let maps = overTime(model, upTo: .maps) { [$0.meanMap, $0.deviationMap] }
    let html = maps.isEmpty ? "" : lead(model) + maps
    guard !isComparison else { return html + changes(model) }
    let series = SeriesFigures(model: model)
    let overFiles = first(model.bricks, upTo: .fileMaps) { writer, brick in
      series.channelMaps(brick).map { writer.page.html(of: $0) }.joined()
    }
    guard !overFiles.html.isEmpty else { return html }
    return html
      + "<p>Each channel against its own median over the files. A file with wrong statistics is a column that stands out. A channel "
      + "that dies is a row that turns blue.</p>\n" + page.panels([overFiles.html]) + overFiles.rest
  }

  /// HTML with histograms over channels, and with the ranges of parameters.
  mutating func distributions(_ model: PicturedModel) -> String {
    let files = detailed(model)
    var rows = Distribution.allCases.flatMap { distribution in
      let bricks = files[0].normalizations.map(\.brick).filter { brick in
        files.contains { file in !(file[brick].flatMap(distribution.values)?.isEmpty ?? true) }
      }
      return parts(of: bricks).map { part in
        files.enumerated().map { index, file in
          distribution.figure(
            of: part, in: file, beside: files.count == 2 ? files[1 - index] : nil,
            subject: isComparison ? file.label : "")
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
    let shown = first(rows, limit: rows.count, upTo: .distributions, noun: "picture") { writer, row in
      writer.isComparison
        ? writer.pair(row, files) : row.compactMap { $0 }.map { writer.page.html(of: $0) }.joined()
    }
    let counts = [("normalization", files[0].normalizations.count), ("parameter", files[0].parameters.count)]
    return lead(model) + (isComparison ? shown.html : page.panels([shown.html])) + shown.rest
      + counts.map { rest(of: $1, 3 * ReportWriter.brickLimit, noun: $0) }.joined()
  }

  /// HTML with two figures of each normalization that has time steps: side by side, or each beside the same figure of the other file.
  private mutating func overTime(
    _ model: PicturedModel, upTo room: Room, _ figures: (NormalizationFigures) -> [Figure?]
  ) -> String {
    let files = detailed(model)
    let bricks = files[0].normalizations.map(\.brick).filter { brick in
      files.contains { file in file[brick].map { $0.series.hasTimeSteps && $0.isKnown } ?? false }
    }
    let pointLimit = ReportWriter.pointLimit / max(1, bricks.count * files.count)
    let shown = first(bricks, upTo: room) { writer, brick in
      let own = files.map { file in file[brick].flatMap { $0.isKnown ? $0 : nil } }
      let lists = own.enumerated().map { index, normalization -> [Figure?] in
        guard let normalization else { return [nil, nil] }
        return figures(
          NormalizationFigures(
            normalization: normalization, suffix: writer.isComparison ? files[index].label : "",
            beside: own.count == 2 ? own[1 - index] : nil, pointLimit: pointLimit))
      }
      let rows = files.count == 2 ? (0..<2).map { kind in lists.map { $0[kind] } } : lists
      return rows.map { writer.pair($0, files) }.joined()
    }
    return shown.html + shown.rest
  }

  /// HTML with a row of two figures. A file of a comparison that has no such figure gets a sentence instead.
  private mutating func pair(_ row: [Figure?], _ files: [PicturedFile]) -> String {
    let cells = row.enumerated().map { index, figure in
      figure.map { page.html(of: $0) }
        ?? (files.count == 2
          ? "<p class=\"note\">\(Markup.escaped(files[index].label)) has no such statistics.</p>\n" : "")
    }
    return "<div class=\"pair\">\n\(cells.joined())</div>\n"
  }

  /// HTML with the channels that differ between two files.
  private mutating func changes(_ model: PicturedModel) -> String {
    let shown = first(model.bricks, upTo: .fileMaps) { writer, brick in
      ChannelChanges(brick, in: model).map { writer.page.html(of: $0.figure) } ?? ""
    }
    guard !shown.html.isEmpty else { return "" }
    return
      "<p>One dot for each channel. Channels that do not differ are at 0. The channels that differ most are labeled; "
      + "the table lists more of them.</p>\n" + page.panels([shown.html]) + shown.rest
  }

  /// Divides the first items into lists that each fit into one figure.
  private func parts<Item>(of items: [Item]) -> [[Item]] {
    stride(from: 0, to: min(items.count, 3 * ReportWriter.brickLimit), by: ReportWriter.brickLimit).map { start in
      Array(items[start..<min(start + ReportWriter.brickLimit, items.count)])
    }
  }
}
