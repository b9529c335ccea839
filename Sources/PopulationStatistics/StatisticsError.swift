/// What went wrong with population statistics.
public struct StatisticsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A record or statistic that contradicts itself: wrong sizes, a negative count, a value that is not finite.
    case invalidValues
    /// Records that cannot stand in one set: another shape, epsilon or other values under one identity.
    case conflict
    /// Operands whose shapes or time axes do not fit together.
    case shapeMismatch
    /// Nothing to estimate from: no record, or no observation in any of them.
    case neverObserved
    /// An option that the estimator does not take, or a value of it that makes no sense.
    case invalidOption
    /// A statistic that the estimator needs and the records do not hold.
    case missingStatistic
    /// Records that were computed with other parameters than the model's, and no permission to make a prior of them.
    case differentParameters
    /// A number too large for the type that shall hold it.
    case overflow
  }

  /// The kind of failure.
  public let code: Code
  /// What happened to which object and what to do, in a sentence without a final period.
  public let message: String

  /// An error of a kind, with its message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }

  /// The same error, its message led by the object it is about.
  func about(_ subject: some CustomStringConvertible) -> StatisticsError {
    StatisticsError(code, "\(subject): \(message)")
  }
}
