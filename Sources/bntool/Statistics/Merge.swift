import ArgumentParser
import Checkpoints
import Interchange
import Platform
import PopulationStatistics

struct Merge: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", _superCommandName: "bntool",
    abstract: "Merge files of update pairs, or parts of an average.",
    usage: """
      bntool merge <pairs> ... --output <file> [--expect <count>]
             [--allow-overlap] [--json] [--quiet | --verbose]
      """,
    discussion: """
      The output is the union of the sets of pairs. A pair that is in several files counts once. The bytes are the same for \
      any order and any grouping of the inputs.

      Merge stops with an error that names both files if two pairs of one brick differ in shape, number of time steps or ε, \
      or if two pairs have the same identity and different values. It also stops if minibatches of the same parameters \
      have examples in common, such as train.npy[0:100] and train.npy[0:64], or come from one array in two orders \
      (--seed 1 and --seed 2).

      The inputs may also be all parts that average or average-stats wrote with --shard. The output then has the bytes that \
      one process writes, and its extension chooses the format. A part that is missing, given twice, or of another run is \
      an error.

      Examples:
        bntool merge shard-*.h5 --output pairs.h5
        bntool merge pairs-*-of-1000.h5 --expect 1000 --output pairs.h5
        bntool merge part-*-of-4.safetensors --output mean.h5
      """)

  @Argument(
    help: ArgumentHelp(
      "Files of update pairs, and checkpoints with recorded pairs; or all parts of one result.", valueName: "pairs"),
    completion: .file(extensions: ["h5", "hdf5", "safetensors"]))
  var pairs: [String]

  @Option(
    help: ArgumentHelp("The file to write: update pairs, or the result of the parts.", valueName: "file"),
    completion: .model)
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The number of shards. If the files do not hold all shards, or are of different runs, merge stops and names the shards.",
      valueName: "count"))
  var expect: Int?

  @OptionGroup var overlap: OverlapOptions

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { pairs }
  var outputFile: String? { output }

  func run() throws {
    guard (1...1_000_000).contains(expect ?? 1) else {
      throw UsageError(description: "--expect \(expect ?? 0): give a number from 1 to 1000000")
    }
    OpenFileLimit.raise()
    if let parts = try parts() { return try merge(parts) }
    try checkFormat(of: output, among: [.checkpoint])
    let sources = try pairs.map { path in
      let source = try ModelFile.checkpoint(at: path) {
        try Console.timed("opened \(path)") { try UpdateSource(opening: path, givesStatistics: false) }
      }
      guard !source.isEmpty else {
        throw NegativeAnswer(
          description: "\(path): has no recorded update pairs; bntool extract turns its statistics into a pair")
      }
      try source.releaseLibrary()
      return source
    }
    let union = try UpdateUnion(sources, needsEqualSteps: true)
    try overlap.check(union, of: sources)
    if let expect { try ShardCheck.expect(expect, in: union, of: sources) }
    ShardCheck.warnAboutUnfinished(sources)
    // The file does not name its inputs, so that equal sets of pairs have equal bytes in any order of merging.
    let total = sources.reduce(0) { $0 + $1.byteCount }
    let summary = try Progress.writing("merging", total: total) { advance in
      try union.save(to: output, progress: advance)
    }
    try report.show(UpdatesReport(summary, output: output))
  }
}
