import ArgumentParser

/// The option that ends an estimation early.
struct PrecisionOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop when every standard error is at most this bound, such as 0.01.", valueName: "bound"))
  var untilError: Double?

  /// The bound of the standard errors; nil if all data are used.
  ///
  /// - Throws: `UsageError` unless the bound is finite and above 0.
  func bound() throws(UsageError) -> Double? {
    if let untilError { try PrecisionOptions.check("--until-error", untilError) }
    return untilError
  }

  /// Checks the bound of an option.
  ///
  /// - Throws: `UsageError` unless the bound is finite and above 0.
  static func check(_ option: String, _ bound: Double) throws(UsageError) {
    guard bound > 0, bound.isFinite else {
      throw UsageError(description: "\(option) \(Formatting.exact(bound)): give a number above 0")
    }
  }
}
