/// A fault of a file, or a fact that users should know.
public struct Finding: Hashable, Sendable, Encodable {
  /// The severity of a finding. The worst severity comes first.
  public enum Severity: String, Hashable, Sendable, Encodable, CaseIterable, Comparable {
    /// The file breaks the format, or the results of its model have no meaning.
    case error
    /// The file loads, but you should not trust the results of its model without looking at the finding.
    case warning
    /// A fact that helps to understand the numbers.
    case note

    /// Whether a severity is worse than another.
    public static func < (left: Severity, right: Severity) -> Bool {
      allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
  }

  /// The checks that findings come from. Each description says what the check expects.
  public enum Check: String, Hashable, Sendable, Encodable, CaseIterable {
    /// The file can be opened, and its version is known.
    case file
    /// The table of contents obeys the format.
    case table
    /// The file holds the objects of the table of contents, and no other objects.
    case objects
    /// A document can be read.
    case document
    /// Data have the digest that the table of contents gives.
    case digest
    /// The graph and the table of contents name the same tensors, types, roles and ε.
    case graph
    /// The brick tree names the bricks of the graph and of the tensors.
    case bricks
    /// Values are finite, and standard deviations are above 0 and at least sqrt(ε).
    case values
    /// The origin of a statistic makes sense: counts, estimator, records, parameters.
    case origin
    /// A statistic was estimated.
    case neverEstimated = "never_estimated"
    /// A statistic is more exact than a moving average from training.
    case trainingAverage = "training_average"
    /// A statistic was estimated with the parameters of the file.
    case stale
    /// Each parameter and statistic has an influence on an output.
    case unreachable
    /// Recorded update pairs are valid and belong to the model.
    case updates
    /// The file is what the owner of a key signed.
    case signature
  }

  /// The severity.
  public let severity: Severity
  /// The check.
  public let check: Check
  /// The object in the file, or the brick; `/` for the whole file.
  public let path: Name
  /// The finding in words, without a final period.
  public let message: String

  /// Creates a finding with its severity, check, path and message.
  public init(_ severity: Severity, _ check: Check, _ path: Name, _ message: String) {
    self.severity = severity
    self.check = check
    self.path = path
    self.message = message
  }
}
