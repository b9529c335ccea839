import Figures
import Messages
import PopulationStatistics

/// The page of `check`: the answer, a picture of the worst differences, and a table.
struct CheckPage {
  let page: Page

  init(report: CheckReport, drifts: [StatisticDrift]) {
    var page = Page(title: "Statistics of \(OutputFile.name(of: report.model)) against data")
    let command =
      report.constants.isEmpty
      ? "bntool recalibrate \(Shell.quoted(report.model)) \(Shell.quoted(report.data)) --output right.h5"
      : SetEpsilon.command(for: Shell.quoted(report.model))
    let (kind, mark) = report.fits ? ("good", "No problem found.") : ("bad", "Wrong.")
    page.add(
      "Verdict",
      "<ul class=\"findings\"><li class=\"\(kind)\"><strong>\(mark)</strong> \(Markup.escaped(report.verdict))"
        + (report.fits ? "" : Page.command(command)) + "</li></ul>\n")
    let figures = DriftDots.figures(drifts, bound: report.maxDrift).map { page.html(of: $0) }
    page.add(
      "Differences",
      "<p>The worst channel of each normalization. The green band is the accepted drift, ± \(Formatting.exact(report.maxDrift)). "
        + "A difference counts if it is outside the band, and too great to be chance: then the thin line does not reach 0.</p>\n"
        + page.panels(figures) + CheckPage.table(report.bricks))
    self.page = page
  }

  private static func table(_ bricks: [CheckReport.Brick]) -> String {
    let rows = bricks.map { brick in
      [
        Markup.escaped(brick.brick),
        "<span class=\"mark \(brick.drifts ? "bad" : "good")\">\(brick.drifts ? "✗" : "✓")</span>",
        grouped(brick.observations),
        brick.mean.text, brick.deviation?.text ?? "–",
        brick.unobservedSteps.isEmpty ? "–" : listedRanges(brick.unobservedSteps, limit: 8),
      ]
    }
    return TableHTML.html(
      headings: ["normalization", "fits", "observations", "Δμ/σ", "log σ-ratio", "steps without data"], rows: rows,
      caption: "Differences of each normalization")
  }
}
