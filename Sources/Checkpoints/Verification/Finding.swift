import Names

/// Something that is wrong, or worth knowing, about a checkpoint.
public struct Finding: Hashable, Sendable, Encodable {
  /// How much it matters, the most first.
  public enum Severity: String, Hashable, Sendable, Encodable, CaseIterable, Comparable {
    /// The file breaks the format, or what its model computes means nothing.
    case error
    /// The file loads, and what its model computes is not to be trusted without a second look.
    case warning
    /// A fact that explains numbers.
    case note

    /// Orders by weight, errors first.
    public static func < (left: Severity, right: Severity) -> Bool {
      allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
    }
  }

  /// What was checked.
  public enum Check: String, Hashable, Sendable, Encodable, CaseIterable {
    /// The file can be opened, and its version is known.
    case file
    /// The table of contents obeys the format.
    case table
    /// The file holds what the table says, and nothing else.
    case objects
    /// A document can be read.
    case document
    /// Data have the digest that the table says.
    case digest
    /// The graph and the table name the same tensors, types, roles and ε.
    case graph
    /// The brick tree names the bricks of the graph and of the tensors.
    case bricks
    /// Values are finite, and standard deviations above 0 and not below sqrt(ε).
    case values
    /// Where a statistic comes from makes sense: counts, estimator, records, parameters.
    case origin
    /// A statistic was estimated.
    case neverEstimated = "never_estimated"
    /// A statistic was estimated with the parameters beside it.
    case stale
    /// A parameter or statistic has an influence on an output.
    case unreachable
    /// Recorded update pairs are sound and belong to the model.
    case updates
  }

  /// How much it matters.
  public let severity: Severity
  /// What was checked.
  public let check: Check
  /// The object in the file, or the brick, that is concerned; `/` for the file as a whole.
  public let path: Name
  /// What is wrong, without a final period.
  public let message: String

  /// A finding from its parts.
  public init(_ severity: Severity, _ check: Check, _ path: Name, _ message: String) {
    self.severity = severity
    self.check = check
    self.path = path
    self.message = message
  }

  /// What an error says.
  init(_ check: Check, _ error: CheckpointError) {
    // A verification loads nothing.
    let suffix = "; nothing was loaded"
    let message = error.message.hasSuffix(suffix) ? String(error.message.dropLast(suffix.count)) : error.message
    self.init(.error, check, error.object ?? "/", message)
  }
}
