/// The answer to the command's question is no; the message says why.
struct NegativeAnswer: Error, CustomStringConvertible {
  let description: String
}

/// The answer to the command's question is no, and the result that was printed says why.
struct PrintedAnswer: Error {}

/// Words that the command line does not allow.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// Data that the command cannot use, where the library's own error does not name the file.
struct DataError: Error, CustomStringConvertible {
  let description: String
}

/// Printing or writing a result failed.
struct OutputError: Error, CustomStringConvertible {
  var status = ExitStatus.inputOutput
  let description: String
}
