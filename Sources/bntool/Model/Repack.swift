import ArgumentParser
import Checkpoints
import Interchange

struct Repack: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "repack", _superCommandName: "bntool",
    abstract: "Compress or uncompress the tensors of a checkpoint.",
    usage: """
      bntool repack <file> --output <file> (--compress <level> | --contiguous)
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      The output has the same content and the same content digest. All digests are checked on the way. --compress stores \
      tensors in chunks of about 1 MiB, with the filters shuffle and deflate, which every HDF5 program can read. \
      --contiguous stores each tensor as one contiguous block, which is faster to read and can be mapped into memory. Objects \
      and attributes that do not belong to the format are not copied.

      Examples:
        bntool repack model.h5 --compress 6 --output small.h5
        bntool repack small.h5 --contiguous --output model.h5
      """)

  @Argument(
    help: ArgumentHelp("A checkpoint or a file of update pairs.", valueName: "file"),
    completion: .checkpoint)
  var file: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .checkpoint)
  var output: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Compress; the level is from 1 (fast) to 9 (small), or 0 for chunks only.", valueName: "level"))
  var compress: Int?

  @Flag(help: "Store each tensor as one contiguous block.")
  var contiguous = false

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [file] }
  var outputFile: String? { output }
  var outputFormats: Set<FileFormat> { [.checkpoint] }

  func run() throws {
    let storage = try storage()
    let checkpoint = try ModelFile.checkpoint(at: file) {
      try Console.timed("opened \(file)") { try Checkpoint(opening: file) }
    }
    let before = OutputFile.byteCount(file)
    let total = checkpoint.contents.tensors.reduce(0) { $0 + $1.byteCount }
    try Progress.writing("repacking", total: total) { advance in
      try checkpoint.repack(to: output, storage: storage, progress: advance)
    }
    try report.show(
      RepackReport(
        input: file, output: output, bytesBefore: before, bytesAfter: OutputFile.byteCount(output),
        tensors: checkpoint.contents.tensors.count, contentDigest: checkpoint.contentDigest.description))
  }

  private func storage() throws(UsageError) -> TensorStorage {
    switch (compress, contiguous) {
    case (nil, true): return .contiguous
    case (let level?, false):
      guard (0...9).contains(level) else {
        throw UsageError(description: "--compress \(level): give a level from 0 to 9")
      }
      return .compressed(level: level)
    default: throw UsageError(description: "give either --compress LEVEL or --contiguous")
    }
  }
}
