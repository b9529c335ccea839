import ArgumentParser
import Checkpoints
import PopulationStatistics

struct Merge: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", _superCommandName: "bntool",
    abstract: "Merge files of update pairs.",
    discussion: """
      The output is the union of the sets of pairs. A pair that is in several files counts once. The bytes are the same for \
      any order and any grouping of the inputs.

      Merge stops with an error that names both files if two pairs of one brick differ in shape, number of time steps or ε, \
      or if two pairs have the same identity and different values.

      Example:
        bntool merge shard-*.h5 --output pairs.h5
      """)

  @Argument(
    help: ArgumentHelp("Files of update pairs, and checkpoints with recorded pairs.", valueName: "pairs"),
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
      guard !source.isEmpty else {
        throw NegativeAnswer(
          description: "\(path): has no recorded update pairs; bntool extract makes a pair of its statistics")
      }
      return source
    }
    // The file does not name its inputs, so that equal sets have equal bytes for any order of merging.
    let total = sources.reduce(0) { $0 + $1.byteCount }
    let summary = try Progress.writing("merging", total: total) { advance in
      try UpdateUnion(sources, needsEqualSteps: true).save(to: output, progress: advance)
    }
    try report.show(UpdatesReport(summary, output: output))
  }
}
