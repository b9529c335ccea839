import ArgumentParser
import Synchronization

/// The switches that every command has.
struct ReportOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the report as JSON (described in schemas/).")
  var json = false

  @Flag(exclusivity: .exclusive)
  var verbosity: Verbosity?

  /// Once the command line is understood, the console keeps to it.
  func validate() { Console.level = verbosity ?? .normal }
}

/// How much standard error tells of the work. Results and errors are always told.
enum Verbosity: UInt8, AtomicRepresentable, EnumerableFlag {
  case quiet, normal, verbose

  /// The ones that have a switch.
  static let allCases: [Verbosity] = [.quiet, .verbose]

  static func name(for value: Verbosity) -> NameSpecification { .shortAndLong }

  static func help(for value: Verbosity) -> ArgumentHelp? {
    value == .quiet
      ? "No progress and no warnings: the result, or an error."
      : "Tell on standard error what is read and how long it takes."
  }
}

extension CompletionKind {
  /// Checkpoints and files of update pairs.
  static let checkpoint = CompletionKind.file(extensions: ["h5", "hdf5"])
  /// What datasets are in, in front of `:DATASET` where the file has several.
  static let data = CompletionKind.file(extensions: ["h5", "hdf5", "npy", "npz"])
}
