/// Catches the failure of a command on one file, so that the command continues with the other files. Then the exit status of the
/// command is the status of the first failure.
struct Failures {
  private var first: ExitStatus?

  /// Does the work for one file. If the work fails, the function reports the error immediately and returns nil.
  ///
  /// - Throws: `OutputError` if results cannot be printed. This error ends the command.
  @discardableResult
  mutating func catching<Result>(_ work: () throws -> Result) throws -> Result? {
    do {
      return try work()
    } catch let error where !(error is OutputError) {
      Console.error("\(error)")
      first = first ?? ExitStatus(of: error) ?? .inputOutput
      return nil
    }
  }

  /// Ends the command with the status of its first failure.
  ///
  /// - Throws: `ReportedFailure` if there was a failure.
  func throwFirst() throws(ReportedFailure) {
    if let first { throw ReportedFailure(status: first) }
  }
}
