import ArgumentParser
import Bricks
import Checkpoints
import PopulationStatistics

struct Merge: ParsableCommand {
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
    completion: .file(extensions: ["h5"]))
  var pairs: [String]

  @Option(
    help: ArgumentHelp("The file of update pairs to write.", valueName: "file"), completion: .file(extensions: ["h5"]))
  var output: String

  @OptionGroup var report: ReportOptions

  func run() throws {
    let sets = try pairs.map { path in
      let updates = try Checkpoint(opening: path).updates()
      guard !updates.records.isEmpty else {
        throw NegativeAnswer(description: "\(path) has no recorded update pairs; see bntool extract --help")
      }
      return updates
    }
    let union = try UpdateSet(unionOf: sets)
    try checkSteps(of: sets)
    // Without a word on the inputs: equal sets shall be equal bytes, however they came together.
    try ProcessSignals.deferring { try CheckpointContent(model: nil, updates: union).save(to: output) }
    try UpdateReport(union, output: output).show(asJSON: report.json)
  }

  /// A brick with other numbers of time steps is that of another model. (Shorter sequences of one model have counts of 0.)
  private func checkSteps(of sets: [UpdateSet]) throws {
    var known: [String: (steps: Int, file: String)] = [:]
    for (file, set) in zip(pairs, sets) {
      for brick in set.bricks {
        let steps = set.records(of: brick).map(\.values.stepCount).max() ?? 1
        if let other = known[brick], other.steps != steps {
          throw StatisticsError(
            .conflict,
            "\(brick): \(other.steps) time steps in \(other.file) and \(steps) in \(file): these are records of different "
              + "models; merge only records of one")
        }
        known[brick] = (steps, file)
      }
    }
  }
}
