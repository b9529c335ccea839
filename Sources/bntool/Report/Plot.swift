import ArgumentParser
import Figures
import Interchange
import Messages
import Names
import Platform

struct Plot: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", _superCommandName: "bntool",
    abstract: "Draw one figure of a report, for a paper.",
    usage: """
      bntool plot <file> ... [<brick>] --output <picture> [--figure <name>]
             [--scale <number>] [--data <data>] [--labels <data>]
             [--batch-size <count>] [--seed <number>] [--batches <count>]
             [--skip-nonfinite]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The extension of the output chooses the format: .svg, .pdf or .png. PDF and PNG files need the library cairo (on \
      Debian the package libcairo2). The figure is 5 inches (360 points) wide and has no caption.

      The figures of one normalization of one file:
        mean, variance       population statistics of all units over time steps
        mean-map, deviation-map
                             each channel at each time step, as colours
        pairs, counts        recorded minibatches around the pooled statistics, and
                             their observations at each step

      The figures of one file:
        deviations, ratios, scales
                             histograms of σ, μ/σ and γ over channels, of all
                             normalizations or of the given one
        parameters           the ranges of all parameters
        bricks               the graph of bricks; for two files, with their drift

      The figures of several files of one model:
        drift, mean-drift, deviation-drift
                             KL divergence, |Δμ|/σ and |log σ-ratio| from each file to
                             the next: of each normalization with its worst channel, or
                             of each channel of the given normalization
        mean-map, deviation-map
                             each channel of one normalization in each file, as colours
        changes              the change of each channel of one normalization between
                             two files

      The figures of files and --data:
        accuracy             the accuracy with the statistics of the file, of its
                             update pairs, and of the data; needs --labels
        mean-check, deviation-check
                             the differences between the data and the statistics of
                             one file, as check finds them

      Without --figure, plot draws drift for several files, variance for a brick with statistics for each time step, and \
      deviations for other bricks.

      Examples:
        bntool plot rows.h5 /classifier/lstm/normalized_state --output p.pdf
        bntool plot a.h5 /mlp/bn_0 --figure pairs --output pairs.svg
        bntool plot epoch-*.h5 --figure drift --output drift.pdf
        bntool plot a.h5 --figure bricks --output bricks.png --scale 3
      """)

  /// The report. schemas/plot.schema.json describes its JSON.
  private struct Summary: Report {
    let output: String
    let title: String

    var lines: [String] { [title] + OutputFile.note(output) }
  }

  @Argument(
    help: ArgumentHelp(
      "Checkpoints, or files of other frameworks. The last argument can be the path of a normalization, such as "
        + "/mlp/batch_norm_0. The last part of the path is enough if it is unique.", valueName: "file"),
    completion: .model)
  var arguments: [String]

  @Option(
    help: ArgumentHelp("The picture to write: FILE.svg, FILE.pdf or FILE.png.", valueName: "picture"),
    completion: .file(extensions: ["svg", "pdf", "png"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "The figure: \(PlottedFigure.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "name"),
    completion: .list(PlottedFigure.allCases.map(\.rawValue)))
  var figure: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of pixels for each point of a PNG file.", valueName: "number"))
  var scale = 3.0

  @Option(
    help: ArgumentHelp(
      "Data for the model: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", valueName: "data"), completion: .data)
  var data: String?

  @Option(
    help: ArgumentHelp("The right class of each example of the data; for the accuracy.", valueName: "data"),
    completion: .data)
  var labels: String?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  /// The last of several arguments if it is neither a file nor has the name of one.
  private var brick: String? {
    guard arguments.count > 1, let last = arguments.last, FileFormat(extensionOf: last) == nil,
      !RemotePath.isRemote(last), !ReadableFile.exists(last)
    else { return nil }
    return last
  }

  private var files: [String] { arguments.dropLast(brick == nil ? 0 : 1) }

  var inputFiles: [String] { files + [data, labels].compactMap { $0 } + feeding.inputFiles }
  var outputFile: String? { output }

  func run() throws {
    guard [".svg", ".pdf", ".png"].contains(where: output.hasSuffix) else {
      throw UsageError(
        description: "--output \(output): the name must end with .svg, .pdf or .png; the ending chooses the format")
    }
    guard (0.1...20).contains(scale) else {
      throw UsageError(description: "--scale \(Formatting.exact(scale)): give a number from 0.1 to 20")
    }
    let kind = try figure.map { name -> PlottedFigure in
      guard let kind = PlottedFigure(rawValue: name) else {
        let names = PlottedFigure.allCases.map(\.rawValue)
        let advice = suggestion(for: name, among: names, noun: "figure", limit: names.count)
        throw UsageError(description: "--figure \(name): there is no such figure. \(advice)")
      }
      return kind
    }
    guard (data ?? labels) == nil || kind?.needsData ?? false else {
      let names = PlottedFigure.allCases.filter(\.needsData).map(\.rawValue)
      throw UsageError(description: "--\(data == nil ? "labels" : "data"): only the figures \(listed(names)) use data")
    }
    let models = PicturedModel.grouped(
      try NaturalOrder.arranged(files).map { file in
        try Console.timed("read \(file)") { try PicturedFile(file, selector: nil) }
      })
    guard models.count == 1 else {
      throw NegativeAnswer(
        description: "\(models[0].files[0].file) and \(models[1].files[0].file) are of different models; "
          + "give files of one model")
    }
    for file in models[0].files where file.showsPairs {
      Console.note(
        "\(file.file): has no estimated statistics; the picture shows the pooled statistics of its recorded update pairs"
      )
    }
    let picture = try (kind ?? usual(models[0])).figure(of: models[0], brick: brick, evaluations(models[0], kind))
    try ProcessSignals.deferring { try write(picture) }
    try report.show(Summary(output: output, title: picture.fullTitle))
  }

  /// The results on the data, if the figure shows them.
  private func evaluations(_ model: PicturedModel, _ kind: PlottedFigure?) throws -> Evaluations? {
    guard let data, kind?.needsData ?? false else { return nil }
    var failures = Failures()
    let result = try Evaluations(
      of: model.files.map(\.file), on: data, labels: labels, batching, feeding, &failures)
    try failures.throwFirst()
    return result
  }

  /// The figure that the user gets without choosing one.
  private func usual(_ model: PicturedModel) throws -> PlottedFigure {
    guard model.files.count == 1 else { return brick != nil && model.files.count == 2 ? .changes : .drift }
    guard let brick else { return .variance }
    let hasSteps = model.files[0].normalizations.contains {
      $0.series.hasTimeSteps && ($0.brick == Name(brick) || $0.brick.text.hasSuffix("/\(brick)"))
    }
    return hasSteps ? .variance : .deviations
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
