import ComputationGraphs
import Messages
import Names
import PopulationStatistics

/// The option `--select` of commands that work on normalizations.
enum SelectOption {
  /// The pattern of the option.
  ///
  /// - Throws: `UsageError` for an invalid pattern.
  static func selector(_ pattern: String) throws(UsageError) -> Selector {
    do {
      return try Selector(Name(pattern))
    } catch {
      throw UsageError(description: "--select \(pattern): \(error)")
    }
  }

  /// The normalizations of a model that the pattern selects.
  ///
  /// - Throws: `UsageError` for an invalid pattern, `NegativeAnswer` if no normalization matches.
  static func bricks(_ pattern: String, of source: SourceModel) throws -> Set<Name> {
    let selector = try selector(pattern)
    let paths = source.model.normalizationStatistics.map(\.path)
    let selected = paths.filter { selector.matches(brick: $0) }
    guard !selected.isEmpty else {
      throw NegativeAnswer(
        description: "--select \(pattern): no normalization of \(source.file) matches; nothing was written. "
          + suggestion(for: pattern, among: paths.map(\.text), noun: "normalization"))
    }
    return Set(selected)
  }
}
