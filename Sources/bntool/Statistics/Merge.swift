import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct Merge: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", _superCommandName: "bntool",
    abstract: "Unite files of update pairs.",
    discussion: """
      The union of the sets: the same bytes for any order and any grouping of the inputs, and a pair that stands in \
      several files counts once. Pairs of one brick that differ in shape, time steps or epsilon, or that have one identity \
      and different values, are an error that names both files.

      Example:
        bntool merge shard-*.h5 --output pairs.h5
      """)

  @Argument(
    help: ArgumentHelp("Files of update pairs, or checkpoints with recorded ones.", valueName: "pairs"),
    completion: .checkpoint)
  var pairs: [String]

  @Option(
    help: ArgumentHelp("The file of update pairs to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { pairs }
  var outputFile: String? { output }

  func run() throws {
    let sources = try pairs.map { path in
      let source = try Console.timed("opened \(path)") {
        try UpdateSource(opening: path, givesStatistics: false)
      }
      guard !source.identities.isEmpty else {
        throw NegativeAnswer(description: "\(path) has no recorded update pairs; see bntool extract --help")
      }
      return source
    }
    // Without a word on the inputs: equal sets shall be equal bytes, however they came together.
    let total = sources.reduce(0) { $0 + $1.byteCount }
    let summary = try Progress.writing("merging", total: total) { advance in
      try UpdateUnion(sources, needsEqualSteps: true).save(to: output, progress: advance)
    }
    try UpdatesReport(summary, output: output).show(asJSON: report.json)
  }
}
