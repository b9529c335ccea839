/// An error of records, estimators and population statistics.
public struct StatisticsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A record or statistic that contradicts itself: wrong sizes, a negative count, a value that is not finite.
    case invalidValues
    /// Records that cannot be in one set: different shapes, epsilons, or values of one identity.
    case conflict
    /// Operands whose shapes or time axes do not fit together.
    case shapeMismatch
    /// There is nothing to estimate from: no record, or no observation in any record.
    case neverObserved
    /// An option that the estimator does not take, or an invalid value of an option.
    case invalidOption
    /// A statistic that the estimator needs is missing from the records.
    case missingStatistic
    /// Records that were computed with other parameters than the model's, without permission to average them into a prior.
    case differentParameters
    /// Minibatches with examples in common, without permission to count these examples twice.
    case overlap
    /// A number that is too large for its type.
    case overflow
    /// A standard deviation of 0, by which a normalization cannot divide: the numbers are all equal, and ε is 0.
    case zeroDeviation
  }

  /// The kind of failure.
  public let code: Code
  /// The problem, its object and the remedy, without a final period.
  public let message: String

  /// Creates an error with its kind and message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }

  /// The same error with the name of its object at the beginning of the message.
  func about(_ subject: some CustomStringConvertible) -> StatisticsError {
    StatisticsError(code, "\(subject): \(message)")
  }
}
