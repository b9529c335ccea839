import ArgumentParser
import Checkpoints
import Interchange

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", _superCommandName: "bntool",
    abstract: "Show what files contain, and which statistics can be trusted.",
    discussion: """
      Prints the tree of bricks with the names and shapes of their tensors, and the state of population statistics:
        ✓ estimated         with the method and the number of observations
        ≈ training average  a moving average over the training: approximate
        ⚠ never estimated   the values are initial values
        ⚠ stale             estimated with other parameters than those in the file

      Inspect reads only the table of contents, unless --values is given. If a file cannot be read, the others are still \
      shown.

      Files of named tensors can also be inspected: safetensors, PyTorch, NumPy, Keras and other HDF5 files, and checkpoints of \
      Blocks. Their batch normalizations are recognized by the names of the tensors.

      Examples:
        bntool inspect snapshot-5.h5
        bntool inspect --values --json snapshot-*.h5
        bntool inspect resnet.pt model.safetensors
      """)

  @Argument(
    help: ArgumentHelp("Checkpoints, files of update pairs, and files of named tensors.", valueName: "file"),
    completion: .model)
  var files: [String]

  @Flag(name: .long, help: "Also read each tensor, check its digest, and summarize its values.")
  var values = false

  @OptionGroup var report: ReportOptions

  func run() throws { try Inspect.show(files, withValues: values, asJSON: report.json) }

  /// Prints the reports of files.
  static func show(_ files: [String], withValues: Bool = false, asJSON: Bool = false) throws {
    var failures = Failures()
    let reports = try files.compactMap { file in
      try failures.catching { try Console.timed("read \(file)") { try report(on: file, withValues: withValues) } }
    }
    if asJSON {
      try Console.print(json: ["files": reports])
    } else if !reports.isEmpty {
      try Console.print(reports.map(\.text).joined(separator: "\n\n"))
    }
    try failures.throwFirst()
  }

  private static func report(on file: String, withValues: Bool) throws -> AnyReport {
    guard let view = try CheckpointView.ofModel(file) else {
      return AnyReport(try TensorFileReport(ModelFile.tensors(at: file), withValues: withValues))
    }
    defer { withExtendedLifetime(view) {} }
    return AnyReport(try InspectReport(Checkpoint(opening: view.file), withValues: withValues))
  }
}
