import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Names

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", _superCommandName: "bntool",
    abstract: "Show the differences between two checkpoints.",
    discussion: """
      The report has up to four parts:
        structure     bricks and their configuration, calls, operations, and tensors
                      with their types, shapes and roles
        values        the greatest |Δ| of each tensor
        statistics    |Δμ|/σ, the logarithm of σ-ratios, and the Kullback-Leibler
                      divergence of each normalization; σ = sqrt(variance + ε)
        update pairs  records that were added, removed or changed
      If both files have the same content digest, diff reads nothing else, because their content is the same.

      Without --tolerance every bit counts, and NaN equals NaN. With --tolerance T a tensor differs if |Δ| is greater than T \
      times the root mean square of its elements. A normalization differs if |Δμ|/σ or |log σ-ratio| is greater than T.

      Models of Keras and ONNX are compared like checkpoints. If one of the files has no model, tensors are compared by \
      their names. If a name exists in only one file, diff searches the other file for a tensor with the same numbers \
      under another name.

      Diff exits with 0 if the content is the same, and with 1 if it differs.

      Examples:
        bntool diff epoch-4.h5 epoch-5.h5
        bntool diff a.h5 b.h5 --tolerance 1e-6 --ignore '/statistics/**'
        bntool diff a.h5 b.h5 --ignore /provenance --ignore '*.b' --json
      """)

  @Argument(help: ArgumentHelp("The first checkpoint, A.", valueName: "a"), completion: .checkpoint)
  var old: String

  @Argument(help: ArgumentHelp("The second checkpoint, B.", valueName: "b"), completion: .checkpoint)
  var new: String

  @Option(help: ArgumentHelp("The tolerance T.", valueName: "number"))
  var tolerance = 0.0

  @Option(
    help: ArgumentHelp(
      "Ignore tensors with a matching path, and bricks with everything in them; also /provenance, /updates or "
        + "/model/graph. The option can be repeated.",
      valueName: "pattern"))
  var ignore: [String] = []

  @OptionGroup var report: ReportOptions

  /// Compares the tensors of two files. At least one of the files holds no model.
  private func compareTensors(_ first: TensorFile, _ second: TensorFile, ignoring selectors: [Selector]) throws {
    let total = (first.entries + second.entries).reduce(0) { $0 + $1.byteCount }
    let comparison = try Progress.reading("comparing", total: total) { advance in
      try TensorFileComparison(
        first, second, tolerance: tolerance,
        name: { file, name in
          // The tensors of a checkpoint are identified by their paths. Its documents and update pairs are not compared.
          guard file.format == .checkpoint else {
            let path = TensorPath(tensorName: name)
            return path.map { path in selectors.contains { $0.matches(path) } } ?? false ? nil : name
          }
          guard let path = try? TensorPath(datasetPath: "/\(name)"), !selectors.contains(where: { $0.matches(path) })
          else { return nil }
          return path.spelling
        }, progress: advance)
    }
    try report.show(comparison)
    if !comparison.isSame { throw ReportedFailure(status: .negativeAnswer) }
  }

  func run() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw UsageError(description: "--tolerance \(Formatting.exact(tolerance)): give a finite number of at least 0")
    }
    let selectors = try ignore.map { pattern in
      do {
        return try Selector(Name(pattern))
      } catch {
        throw UsageError(description: "--ignore \(pattern): \(error)")
      }
    }
    guard let old = try CheckpointView.ofModel(old), let new = try CheckpointView.ofModel(new) else {
      return try compareTensors(ModelFile.tensors(at: self.old), ModelFile.tensors(at: self.new), ignoring: selectors)
    }
    defer { withExtendedLifetime((old, new)) {} }
    let first = try Console.timed("opened \(old.file.name)") { try Checkpoint(opening: old.file) }
    let second = try Console.timed("opened \(new.file.name)") { try Checkpoint(opening: new.file) }
    let comparison = try Progress.reading("comparing", total: first.contents.byteCount) { advance in
      try CheckpointComparison(first, second, tolerance: tolerance, ignoring: selectors, progress: advance)
    }
    try report.show(comparison)
    if !comparison.isSame { throw ReportedFailure(status: .negativeAnswer) }
  }
}

extension Contents {
  /// The number of bytes of all tensors.
  var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
}
