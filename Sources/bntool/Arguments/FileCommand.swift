import ArgumentParser
import Interchange
import Platform

/// A command that reads files and writes another file.
protocol FileCommand: ParsableCommand {
  /// Every file that the command reads, as the user named it: a path, or `FILE:MEMBER`.
  var inputFiles: [String] { get }
  /// The file that the command writes, as the user named it; nil if the command writes no file.
  var outputFile: String? { get }
  /// The option that names the file to write.
  var outputOption: String { get }
  /// The formats that the output may have. Its extension chooses one of them.
  var outputFormats: Set<FileFormat> { get }
}

extension FileCommand {
  var outputOption: String { "--output" }
  var outputFormats: Set<FileFormat> { ModelFile.writableFormats }

  /// Checks the path of the output, before the command reads anything. The output must be a local file of a format that the
  /// command writes. It must not be an input, not even under another path. Its folder must exist, and must be writable.
  ///
  /// - Throws: `UsageError` if the command line is wrong; `FileError` with code `.cannotCreate` if the output cannot be written. Without
  ///   this check, the fault would appear only after all work.
  func checkOutput() throws {
    guard let outputFile else { return }
    guard outputFile != "-" else {
      throw UsageError(description: "\(outputOption) -: results cannot be written to standard output; name a file")
    }
    guard !RemotePath.isRemote(outputFile) else {
      throw UsageError(
        description:
          "\(outputOption) \(RemotePath.name(of: outputFile)): URLs are only read; write a local file, and upload it")
    }
    try checkFormat(of: outputFile, among: outputFormats)
    for input in inputFiles where OutputFile.isSame(outputFile, as: input) {
      throw UsageError(
        description:
          "\(outputOption) \(outputFile): this file is the input \(input), which would be lost; name another file")
    }
    try AtomicFile.check(outputFile)
  }

  /// Checks that the output may have the format that its extension chooses.
  ///
  /// - Throws: `UsageError` if the check fails.
  func checkFormat(of outputFile: String, among formats: Set<FileFormat>) throws(UsageError) {
    guard let format = FileFormat(extensionOf: outputFile), !formats.contains(format) else { return }
    throw UsageError(
      description: formats == [.checkpoint]
        ? "\(outputOption) \(outputFile): only a checkpoint can hold this result; name the output NAME.h5"
        : "\(outputOption) \(outputFile): this command does not write \(format.title); name the output NAME.h5, "
          + "or NAME.safetensors, .npz, .npy, .keras, .weights.h5 or .onnx")
  }
}
