import ArgumentParser

/// The option that ends an estimation early.
struct PrecisionOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop when every standard error is at most this bound, such as 0.01.", valueName: "bound"))
  var untilError: Double?

  func validate() throws {
    if let untilError { try PrecisionOptions.check("--until-error", untilError) }
  }

  /// Checks the bound of an option.
  ///
  /// - Throws: `ValidationError` unless the bound is finite and above 0.
  static func check(_ option: String, _ bound: Double) throws {
    guard bound > 0, bound.isFinite else {
      throw ValidationError("\(option) \(Formatting.exact(bound)): give a number above 0")
    }
  }
}
