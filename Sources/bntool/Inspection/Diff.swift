import ArgumentParser
import Bricks
import Checkpoints

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", _superCommandName: "bntool",
    abstract: "Tell what differs between two checkpoints.",
    discussion: """
      Structure first: bricks and their configuration, calls, operations and settings of normalizations, tensors with \
      their types, shapes and roles. Then values: the greatest |Δ| of every tensor, and of population statistics |Δμ|/σ, \
      log σ-ratio and Kullback-Leibler divergence per channel, σ being the stored standard deviation with ε inside. Then \
      recorded update pairs. Files of one content digest are the same without further reading.

      Without --tolerance every bit counts; NaN equals NaN. With it, a tensor differs where |Δ| exceeds the tolerance \
      times the root mean square of its elements, a normalization where |Δμ|/σ or |log σ-ratio| exceeds the tolerance.

      Exit status: 0 the same, 1 different, 64 and above as bntool --help says.

      Examples:
        bntool diff epoch-4.h5 epoch-5.h5
        bntool diff a.h5 b.h5 --tolerance 1e-6 --ignore '/statistics/**'
        bntool diff a.h5 b.h5 --ignore /provenance --ignore '*.b' --json
      """)

  @Argument(help: ArgumentHelp("The first checkpoint, A.", valueName: "a"), completion: .checkpoint)
  var old: String

  @Argument(help: ArgumentHelp("The second checkpoint, B.", valueName: "b"), completion: .checkpoint)
  var new: String

  @Option(help: "How much of its scale a value may differ by.")
  var tolerance = 0.0

  @Option(
    help: ArgumentHelp(
      "Leave out tensors, or bricks with all below them, whose path matches; also /provenance, /updates, /model/graph. "
        + "May be repeated.",
      valueName: "glob"))
  var ignore: [String] = []

  @OptionGroup var report: ReportOptions

  func run() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw UsageError(description: "--tolerance \(tolerance): it is a finite number of at least 0")
    }
    let selectors = try ignore.map { pattern in
      do {
        return try Selector(Name(pattern))
      } catch {
        throw UsageError(description: "--ignore \(pattern): \(error)")
      }
    }
    let first = try Console.timed("opened \(old)") { try Checkpoint(opening: old) }
    let second = try Console.timed("opened \(new)") { try Checkpoint(opening: new) }
    let comparison = try Progress.reading("comparing", total: first.contents.byteCount) { advance in
      try CheckpointComparison(first, second, tolerance: tolerance, ignoring: selectors, progress: advance)
    }
    if report.json {
      try Console.print(json: comparison)
    } else {
      try Console.print(DiffText(comparison: comparison).text)
    }
    if !comparison.isSame { throw PrintedAnswer() }
  }
}

extension Contents {
  /// How many bytes all tensors have.
  var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
}
