import Checkpoints
import ComputationGraphs
import Figures
import JSON
import Messages
import Names
import PopulationStatistics

extension ReportWriter {
  /// HTML with the drift from file to file, and the worst channels.
  mutating func drift(_ model: PicturedModel) -> String {
    let series = SeriesFigures(model: model)
    let drifts = series.drifts.filter { !$0.distances.isEmpty }
    guard !drifts.isEmpty else { return "" }
    guard drifts.contains(where: { $0.distances.contains { $0.divergence.worst > 0 } }) else {
      return "<p>The statistics of all files are the same.</p>\n"
    }
    let figures = DriftQuantity.allCases.map { page.html(of: series.drift($0, drifts)) }
    let rows = drifts.compactMap { drift -> (size: Double, cells: [String])? in
      guard
        let worst = drift.distances.indices.max(by: {
          drift.distances[$0].divergence.mean < drift.distances[$1].divergence.mean
        })
      else { return nil }
      let distance = drift.distances[worst]
      return (
        distance.divergence.mean,
        [
          Markup.escaped(drift.brick.text), Markup.escaped(model.files[drift.places[worst]].label),
          Formatting.short(distance.divergence.mean), distance.meanShift.worstText,
          distance.logarithmicRatio.worstText, distance.divergence.worstText,
        ]
      )
    }
    let table = TableHTML.html(
      headings: ["normalization", "greatest drift to", "mean KL", "worst |Δμ|/σ", "worst log σ-ratio", "worst KL"],
      rows: rows.sorted { $0.size > $1.size }.map(\.cells), caption: "Worst channels of \(model.name)")
    return page.panels(figures) + table
  }

  /// HTML with pictures of the bricks.
  mutating func bricks(_ model: PicturedModel) -> String {
    let file = detailed(model)[0]
    guard let graph = file.graph else { return "" }
    let states =
      isComparison && model.files.count == 2
      ? BrickColors(drifts: SeriesFigures(model: model).drifts) : BrickColors(file)
    let pictures = BrickPicture(states: states.all).pictures(of: graph, title: "All bricks")
    var words = ["Data flow from top to bottom."] + states.legend
    if graph.nodes.contains(where: { if case .scan = $0.operation { true } else { false } }) {
      words.append("A grey area is the body of a loop.")
    }
    if pictures.count > 1 {
      words.append("A double box stands for several boxes, which have their own picture below if there is room.")
    }
    var html = "<p>\(words.joined(separator: " "))</p>\n"
    for (index, picture) in pictures.enumerated() where index == 0 || page.size < Room.bricks.rawValue {
      let count = picture.graph.nodeCount
      let figure = picture.graph.figure(
        title: index == 0 ? "Bricks of \(model.name)" : "Bricks of \(picture.title)",
        description: "A graph of \(counted(count, "box")): \(describe(picture.graph)).")
      let element = page.html(of: figure, isWide: true)
      html +=
        index == 0
        ? element
        : "<details class=\"part\"><summary>\(Markup.escaped(picture.title)) (\(counted(count, "box")))</summary>\(element)</details>\n"
    }
    return html
  }

  private func describe(_ graph: LayeredGraph) -> String {
    listed(graph.nodes.map { $0.detail.isEmpty ? $0.name : "\($0.name) (\($0.detail))" }, limit: 30)
  }

  /// HTML with the scatter of recorded minibatches around the pooled statistics.
  mutating func pairs(_ model: PicturedModel) -> String {
    guard let file = model.files.last(where: { !$0.updates.isEmpty }) else { return "" }
    var counts: Set<[[Int64]]> = []
    let shown = first(file.updates.bricks, upTo: .pairs) { writer, brick in
      guard let own = try? PairFigures(brick, in: file.updates) else { return "" }
      // Normalizations of one loop have equal counts, so one picture shows them.
      let isNew = counts.insert(own.observations).inserted
      return [own.scatter, isNew ? own.counts : nil].compactMap { $0 }.map { writer.page.html(of: $0) }.joined()
    }
    let sets = file.updates.parametersDigests.count
    let note = sets > 1 ? " The pairs were computed with \(counted(sets, "set of parameters"))." : ""
    return
      "<p>\(Markup.escaped(file.label)) has \(counted(file.updates.recordCount, "update pair")) of \(counted(file.updates.minibatches.count, "minibatch")).\(note) "
      + "Each dot is one channel of one minibatch (and step), compared with the pooled statistics.</p>\n"
      + page.panels([shown.html]) + shown.rest
  }

  /// HTML with the steps that produced each file, and with its digests and versions.
  mutating func provenance(_ model: PicturedModel) -> String {
    let facts = model.files.count > 1 ? self.facts(model) : ""
    let heading = models.count > 1 ? "h4" : "h3"
    return facts
      + model.files.map { file in
        let steps = file.provenance.map { "<li>\(Markup.escaped(InspectText.describe($0)))\(details($0))</li>" }
        let chain =
          steps.isEmpty
          ? "" : "<ol class=\"chain\">\(steps.joined())<li><strong>\(Markup.escaped(file.label))</strong></li></ol>\n"
        guard facts.isEmpty else {
          return chain.isEmpty ? "" : "<\(heading)>\(Markup.escaped(file.file))</\(heading)>\n\(chain)"
        }
        let rows = file.facts.map { [Markup.escaped($0.name), "<code>\(Markup.escaped($0.text))</code>"] }
        return "<p>\(Markup.escaped(file.file))</p>\n\(chain)"
          + TableHTML.html(headings: ["fact", "value"], rows: rows, caption: "Facts about \(file.label)")
      }.joined()
  }

  /// A table with the facts about each of several files. Facts that all files share are in a sentence above it.
  private func facts(_ model: PicturedModel) -> String {
    var names: [String] = []
    for fact in model.files.flatMap(\.facts) where !names.contains(fact.name) { names.append(fact.name) }
    func text(_ file: PicturedFile, _ name: String) -> String { file.facts.first { $0.name == name }?.text ?? "–" }
    let shared = names.filter { name in Set(model.files.map { text($0, name) }).count == 1 }
    let own = names.filter { !shared.contains($0) }
    let words = shared.map { "\($0): \(text(model.files[0], $0))" }.joined(separator: " · ")
    let rows = model.files.map { file in
      [Markup.escaped(file.file)] + own.map { "<code>\(Markup.escaped(text(file, $0)))</code>" }
    }
    return (words.isEmpty ? "" : "<p>All files: \(Markup.escaped(words))</p>\n")
      + TableHTML.html(headings: ["file"] + own, rows: rows, caption: "Facts about the files of \(model.name)")
  }

  private func details(_ step: ProvenanceStep) -> String {
    let facts = step.filter { !["operation", "inputs", "method"].contains($0.key) }.sorted { $0.key < $1.key }
    guard !facts.isEmpty else { return "" }
    let text = facts.map { "\($0.key) \(ReportWriter.plain($0.value))" }.joined(separator: ", ")
    return "<br><span class=\"note\">\(Markup.escaped(text))</span>"
  }

  /// A value as text without quotation marks. A long text is shortened.
  private static func plain(_ value: JSONValue) -> String {
    let text = if case .text(let text) = value { text } else { (try? value.jsonText()) ?? "" }
    return text.count > 80 ? "\(text.prefix(79))…" : text
  }
}
