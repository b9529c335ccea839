import ArgumentParser

/// A command that reads files and writes another one.
protocol FileCommand: ParsableCommand {
  /// Every file that the command reads, as the user named it: a path, or `FILE:MEMBER`.
  var inputFiles: [String] { get }
  /// The file that the command writes, as the user named it; nil if it writes none.
  var outputFile: String? { get }
  /// The option that names the file to write.
  var outputOption: String { get }
}

extension FileCommand {
  var outputOption: String { "--output" }

  /// Checks that the output is a file, and that no path or link makes it one of the inputs. Called before anything is read.
  ///
  /// - Throws: `UsageError` if the check fails.
  func checkOutput() throws(UsageError) {
    guard let outputFile else { return }
    guard outputFile != "-" else {
      throw UsageError(description: "\(outputOption) -: results cannot be written to standard output; name a file")
    }
    for input in inputFiles where OutputFile.isSame(outputFile, as: input) {
      throw UsageError(
        description:
          "\(outputOption) \(outputFile): this file is the input \(input), which would be lost; name another file")
    }
  }
}
