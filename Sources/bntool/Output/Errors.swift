import PopulationStatistics

/// The error of a command whose answer is negative. The message says why.
struct NegativeAnswer: Error, CustomStringConvertible {
  let description: String
}

/// A failure that was already reported. It only sets the exit status.
struct ReportedFailure: Error {
  let status: ExitStatus
}

/// A wrong command line.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// Work that a signal stopped early. The output holds the finished part, and the same command continues the work.
struct Unfinished: Error, CustomStringConvertible {
  let description: String
}

/// Data that the command cannot use. The message names the file.
struct DataError: Error, CustomStringConvertible {
  let description: String
}

/// A result that could not be printed or written.
struct OutputError: Error, CustomStringConvertible {
  var status = ExitStatus.inputOutput
  let description: String
}

extension StatisticsError {
  /// The command that removes the cause, as the end of a sentence after the message; empty if no command does.
  ///
  /// - Parameter model: The file of the model.
  func advice(for model: String) -> String {
    code == .zeroDeviation ? ": \(SetEpsilon.command(for: model))" : ""
  }
}
