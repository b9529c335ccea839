import ArgumentParser
import Synchronization

/// The flags that every command has.
struct ReportOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the report as JSON. The folder schemas/ describes it.")
  var json = false

  @Flag(exclusivity: .exclusive)
  var verbosity: Verbosity?

  /// Sets the level of the console when the command line is parsed.
  func validate() { Console.level = verbosity ?? .normal }

  /// Prints a report on standard output, and its warnings on standard error.
  func show(_ report: some Report) throws {
    if json { try Console.print(json: report) } else { try Console.print(report.text) }
    report.warnings.forEach(Console.warn)
  }
}

/// The amount of output on standard error. Results and errors always appear.
enum Verbosity: UInt8, AtomicRepresentable, EnumerableFlag {
  case quiet, normal, verbose

  /// The levels that have a flag.
  static let allCases: [Verbosity] = [.quiet, .verbose]

  static func name(for value: Verbosity) -> NameSpecification { .shortAndLong }

  static func help(for value: Verbosity) -> ArgumentHelp? {
    value == .quiet
      ? "Print no progress and no warnings."
      : "Print on standard error what is read, and how long it takes."
  }
}

extension CompletionKind {
  /// Checkpoints and files of update pairs.
  static let checkpoint = CompletionKind.file(extensions: ["h5", "hdf5"])
  /// Files of models and tensors of any format.
  static let model = CompletionKind.file(
    extensions: ["h5", "hdf5", "keras", "onnx", "safetensors", "pt", "pth", "npz", "npy", "tar", "json"])
  /// Files of datasets. If a file has several datasets, `:DATASET` follows the path.
  static let data = CompletionKind.file(extensions: ["h5", "hdf5", "npy", "npz"])
}
