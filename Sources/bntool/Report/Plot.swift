import ArgumentParser
import Checkpoints
import ComputationGraphs
import Figures
import Messages
import Names
import Platform

struct Plot: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", _superCommandName: "bntool",
    abstract: "Draw one figure about a normalization, for a paper.",
    usage: """
      bntool plot <file> [<brick>] --output <picture> [--figure <name>]
             [--scale <number>] [--json] [--quiet | --verbose]
      """,
    discussion: """
      The extension of the output chooses the format: .svg, .pdf or .png. PDF and PNG files need the library cairo (on \
      Debian the package libcairo2). The figure is 5 inches (360 points) wide and has no caption.

      The figures:
        mean, variance       population statistics of all units over time steps
        mean-map, deviation-map
                             each channel at each step, as colours
        deviations, ratios, scales
                             histograms of σ, μ/σ and γ over channels
        pairs, counts        recorded minibatches around the pooled statistics, and
                             their observations at each step
        parameters           the ranges of all parameters; needs no brick
        bricks               the graph of bricks; needs no brick

      Without --figure, plot draws variance if the brick has statistics for each time step, and deviations otherwise.

      Examples:
        bntool plot rows.h5 /classifier/lstm/normalized_state --output p.pdf
        bntool plot a.h5 /mlp/bn_0 --figure pairs --output pairs.svg
        bntool plot a.h5 --figure bricks --output bricks.png --scale 3
      """)

  /// The report. schemas/plot.schema.json describes its JSON.
  private struct Summary: Report {
    let output: String
    let title: String

    var lines: [String] { [title] + OutputFile.note(output) }
  }

  /// The names of figures.
  enum Kind: String, CaseIterable {
    case mean, variance, meanMap = "mean-map", deviationMap = "deviation-map", deviations, ratios, scales, pairs, counts
    case parameters, bricks
  }

  @Argument(help: "The checkpoint, or a file of another framework.", completion: .model)
  var file: String

  @Argument(help: "The path of the normalization, such as /mlp/batch_norm_0. Its last part is enough if it is unique.")
  var brick: String?

  @Option(
    help: ArgumentHelp("The picture to write: FILE.svg, FILE.pdf or FILE.png.", valueName: "picture"),
    completion: .file(extensions: ["svg", "pdf", "png"]))
  var output: String

  @Option(
    help: ArgumentHelp("The figure: \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"),
    completion: .list(Kind.allCases.map(\.rawValue)))
  var figure: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of pixels for each point of a PNG file.", valueName: "number"))
  var scale = 3.0

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [file] }
  var outputFile: String? { output }

  func run() throws {
    guard [".svg", ".pdf", ".png"].contains(where: output.hasSuffix) else {
      throw UsageError(
        description: "--output \(output): the name must end with .svg, .pdf or .png; the ending chooses the format")
    }
    guard (0.1...20).contains(scale) else {
      throw UsageError(description: "--scale \(Formatting.exact(scale)): give a number from 0.1 to 20")
    }
    let kind = try figure.map { name -> Kind in
      guard let kind = Kind(rawValue: name) else {
        let names = Kind.allCases.map(\.rawValue)
        throw UsageError(description: "--figure \(name): \(suggestion(for: name, among: names, noun: "figure"))")
      }
      return kind
    }
    let source = try Console.timed("read \(file)") { try PicturedFile(file, selector: nil) }
    let picture = try picture(of: source, kind)
    try ProcessSignals.deferring { try write(picture) }
    try report.show(Summary(output: output, title: picture.fullTitle))
  }

  private func picture(of source: PicturedFile, _ kind: Kind?) throws -> Figure {
    if kind == .bricks {
      guard let graph = source.graph else { throw NegativeAnswer(description: "\(file): has no graph of bricks") }
      let states = Dictionary(source.normalizations.map { ($0.brick, $0.diagramState) }) { first, _ in first }
      let pictures = BrickPicture(states: states).pictures(of: graph, title: "Bricks of \(source.label)")
      return pictures[0].graph.figure(title: pictures[0].title, description: "The graph of bricks.")
    }
    if kind == .parameters {
      let parameters = source.parameters.filter { $0.values.minimum != nil }
      guard !parameters.isEmpty else { throw NegativeAnswer(description: "\(file): has no parameters") }
      return ParameterRanges(parameters, suffix: source.label).figure
    }
    guard let brick else {
      throw UsageError(
        description:
          "name a normalization. \(suggestion(for: "", among: source.normalizations.map(\.brick.text), noun: "normalization"))"
      )
    }
    if kind == .pairs || kind == .counts {
      let path = try path(brick, among: source.updates.bricks)
      let figures = try PairFigures(path, in: source.updates)
      guard let figure = kind == .pairs ? figures.scatter : figures.counts else {
        throw NegativeAnswer(
          description: "\(path): its update pairs have no \(kind == .pairs ? "means and deviations" : "time steps")")
      }
      return figure
    }
    let path = try path(brick, among: source.normalizations.map(\.brick))
    guard let normalization = source.normalizations.first(where: { $0.brick == path }) else {
      throw NegativeAnswer(description: "\(file): has no normalization \(path)")
    }
    let figures = NormalizationFigures(normalization: normalization)
    let hasSteps = normalization.series.hasTimeSteps
    let chosen = kind ?? (hasSteps ? .variance : .deviations)
    let figure: Figure? =
      switch chosen {
      case .mean: hasSteps ? figures.meanCurves : nil
      case .variance: hasSteps ? figures.varianceCurves : nil
      case .meanMap: hasSteps ? figures.meanMap : nil
      case .deviationMap: hasSteps ? figures.deviationMap : nil
      case .deviations: figures.deviations
      case .ratios: figures.ratios
      case .scales: figures.scales
      case .pairs, .counts, .parameters, .bricks: nil
      }
    guard let figure else {
      throw NegativeAnswer(
        description:
          "\(path): has no \(chosen == .scales ? "γ" : hasSteps ? "σ" : "statistics for each time step"), which the figure "
          + "\(chosen.rawValue) shows")
    }
    return figure
  }

  /// The path that the user means. The user can give the whole path, or an ending that only one path has.
  private func path(_ text: String, among paths: [Name]) throws -> Name {
    if let path = paths.first(where: { $0 == Name(text) }) { return path }
    let ending = paths.filter { $0.text.hasSuffix("/\(text)") }
    if ending.count == 1 { return ending[0] }
    throw NegativeAnswer(
      description: "\(file): there is no normalization \(text). "
        + suggestion(for: text, among: paths.map(\.text), noun: "normalization"))
  }

  private func write(_ picture: Figure) throws {
    guard !output.hasSuffix(".svg") else { return try TextFile.write(picture.svgFile, to: output) }
    try AtomicFile.write(to: output) { temporary in
      do {
        try picture.draw(output.hasSuffix(".pdf") ? .pdf : .png(scale: scale), to: temporary)
      } catch {
        throw OutputError(status: .cannotCreate, description: "\(output): \(error)")
      }
    }
  }
}
