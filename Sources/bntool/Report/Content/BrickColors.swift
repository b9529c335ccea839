import ComputationGraphs
import Figures
import Names

/// The colours of normalizations in pictures of bricks, with their meaning.
struct BrickColors {
  /// The colour and the words of each normalization.
  let all: [Name: (ink: Ink, words: String)]
  private let meanings: [(ink: Ink, words: String)]

  /// Colours for the states of a file's statistics.
  init(_ file: PicturedFile) {
    all = Dictionary(file.normalizations.map { ($0.brick, $0.diagramState) }) { first, _ in first }
    meanings = [
      (.good, "if their statistics are estimated"),
      (
        .caution,
        "if channels look dead, if the statistics are training averages, or if the file does not name their parameters"
      ),
      (.bad, "if the statistics are stale or were never estimated"),
    ]
  }

  /// Colours for the drift of the statistics between two files.
  init(drifts: [SeriesFigures.Drift]) {
    let least = ReportWriter.greatestDrift
    all = Dictionary(
      drifts.map { drift in
        let (shift, ratio) = (abs(drift.distances[0].meanShift.worst), abs(drift.distances[0].logarithmicRatio.worst))
        let ink: Ink = max(shift, ratio) <= least ? .good : max(shift, ratio) <= 1 ? .caution : .bad
        return (
          drift.brick, (ink, "Δμ/σ up to \(Formatting.short(shift)), log σ-ratio up to \(Formatting.short(ratio))")
        )
      }
    ) { first, _ in first }
    let bound = Formatting.exact(least)
    meanings = [
      (.good, "if no channel differs by more than \(bound) in Δμ/σ or log σ-ratio"),
      (.caution, "if a channel differs by more than \(bound)"), (.bad, "if a channel differs by more than 1"),
    ]
  }

  /// A sentence of HTML about the colours that occur; empty if there are no normalizations.
  var legend: [String] {
    let names: [Ink: String] = [.good: "green", .caution: "amber", .bad: "red"]
    let shown = meanings.filter { meaning in all.values.contains { $0.ink == meaning.ink } }.map { meaning in
      "<span class=\"mark \(meaning.ink.name)\">\(names[meaning.ink] ?? "")</span> \(meaning.words)"
    }
    return shown.isEmpty ? [] : ["Normalizations are \(shown.joined(separator: ", and "))."]
  }
}
