import ArgumentParser
import Checkpoints
import ComputationGraphs
import Figures
import Interchange
import Messages
import Names
import Platform

struct ReportPage: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", _superCommandName: "bntool",
    abstract: "Write a page of pictures about checkpoints.",
    usage: """
      bntool report <file> ... --output <page> [--data <data>] [--labels <data>]
             [--select <pattern>]
             [--batch-size <count>] [--seed <number>] [--batches <count>]
             [--skip-nonfinite]
             [--mask <data> | --lengths <data>] [--step <number>]
             [--json] [--quiet | --verbose]
      bntool report --compare <a> <b> --output <page>
      """,
    discussion: """
      The page is one HTML file. It needs no network and no other program, so it can be attached to a message. It can be \
      printed, follows the system's light or dark colours, and is complete without scripts. Each picture has its numbers as a table \
      and as a CSV file.

      The page shows these parts, if the files have the data for them: a verdict with the next commands; the accuracy; \
      population means and variances over time steps; each channel at each step and in each file; distributions of σ, μ/σ, γ and weights; the \
      drift between files; the bricks; recorded update pairs; and the provenance.

      Files of several models can be mixed: files with the same bricks and shapes are shown together. Files that are \
      given in alphabetical order are sorted by the numbers in their names. If a file cannot be read, the others are \
      still shown.

      With --data, the page also shows whether the statistics fit these data, as check does. With --labels, it shows the \
      accuracy with the statistics of the file, with those of its update pairs, and with those of the data.

      Examples:
        bntool report snapshot-*.h5 --output report.html
        bntool report --compare epoch-4.h5 epoch-5.h5 --output ab.html
        bntool report a.h5 --data t.h5:images --labels t.h5:labels --output a.html
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints, files of update pairs, and files of other frameworks.", valueName: "file"),
    completion: .model)
  var files: [String]

  @Option(
    help: ArgumentHelp("The page to write, such as report.html.", valueName: "page"),
    completion: .file(extensions: ["html"]))
  var output: String

  @Flag(help: "Put two files side by side.")
  var compare = false

  @Option(
    help: ArgumentHelp(
      "Data to compare the statistics with: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", valueName: "data"),
    completion: .data)
  var data: String?

  @Option(
    help: ArgumentHelp("The right class of each example of the data; shows the accuracy.", valueName: "data"),
    completion: .data)
  var labels: String?

  @Option(help: ArgumentHelp("Show only the normalizations whose path matches the pattern.", valueName: "pattern"))
  var select: String?

  @OptionGroup var batching: BatchOptions

  @OptionGroup var feeding: FeedOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { files + [data, labels].compactMap { $0 } + feeding.inputFiles }
  var outputFile: String? { output }

  /// The report. schemas/report.schema.json describes its JSON.
  private struct Summary: Report {
    let output: String
    let files: [String]
    let models: Int
    let figures: Int
    let findings: [ReportFinding]

    var lines: [String] {
      findings.map { "\($0.severity == .good ? "✓" : "⚠") \($0.text)" }
        + ["\(counted(figures, "figure")) of \(counted(files.count, "file"))"] + OutputFile.note(output)
    }
  }

  func run() throws {
    guard !compare || files.count == 2 else {
      throw UsageError(description: "--compare: give two files, not \(grouped(files.count))")
    }
    guard labels == nil || data != nil else {
      throw UsageError(description: "--labels: also give the data that they belong to, with --data")
    }
    let selector = try select.map { try SelectOption.selector($0) }
    var failures = Failures()
    let read = try (compare ? files : NaturalOrder.arranged(files)).compactMap { file in
      try failures.catching { try Console.timed("read \(file)") { try PicturedFile(file, selector: selector) } }
    }
    guard !read.isEmpty else { return try failures.throwFirst() }
    if let select, read.allSatisfy(\.normalizations.isEmpty) {
      let all = try read.map { try PicturedFile($0.file, selector: nil) }.flatMap {
        $0.normalizations.map(\.brick.text)
      }
      let names = all.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      throw NegativeAnswer(
        description: "--select \(select): no normalization matches. "
          + suggestion(for: select, among: names, noun: "normalization"))
    }
    let models = PicturedModel.grouped(read)
    if compare, models.count > 1 {
      Console.warn("the files are of different models, so their statistics cannot be compared channel by channel")
    }
    let evaluations = try data.map { data in
      try Evaluations(of: read.map(\.file), on: data, labels: labels, batching, feeding, &failures)
    }
    var writer = ReportWriter(models: models, evaluations: evaluations, isComparison: compare)
    let page = writer.written()
    try ProcessSignals.deferring { try TextFile.write(page.text, to: output) }
    let summary = Summary(
      output: output, files: read.map(\.file), models: models.count, figures: page.figureCount,
      findings: writer.findings)
    try report.show(summary)
    try failures.throwFirst()
  }
}
