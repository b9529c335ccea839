import JSON

/// What went wrong in building, transforming or evaluating a graph.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A name that files cannot keep.
    case invalidName
    /// A pattern that no path can match.
    case invalidSelector
    /// Ranks, extents or types that do not fit.
    case shapeMismatch
    /// One name for two things.
    case duplicate
    /// A graph whose parts contradict each other.
    case malformed
    /// An operation that this version cannot evaluate.
    case unknownOperation
    /// A value that is asked for and not there.
    case missingValue
    /// A time step where none belongs, a missing one, or one out of range.
    case timeStep
    /// Too few observations to estimate a statistic from.
    case tooFewObservations
    /// No training-mode normalization to take update pairs from.
    case noUpdatePairs
    /// A numerical operation failed.
    case evaluation
  }

  /// The kind of failure.
  public let code: Code
  /// What happened, without the place.
  public let message: String
  /// The brick in whose application it happened.
  public let brick: Name?
  /// The application in which it happened.
  public let application: Name?

  /// An error of a kind, with its message and place.
  public init(_ code: Code, _ message: String, brick: Name? = nil, application: Name? = nil) {
    self.code = code
    self.message = message
    self.brick = brick
    self.application = application
  }

  /// The same error with a place, as far as it has none yet.
  public func located(brick: Name?, application: Name?) -> GraphError {
    guard self.brick == nil || self.brick == brick, self.application == nil else { return self }
    return GraphError(code, message, brick: brick, application: application)
  }

  /// The place, then the message.
  public var description: String {
    guard let brick else { return message }
    return application.map { "\(brick).\($0): \(message)" } ?? "\(brick): \(message)"
  }
}

extension GraphError: JSONLocatable {
  /// The same error with another message.
  public func replacingMessage(_ message: String) -> GraphError {
    GraphError(code, message, brick: brick, application: application)
  }

  /// The error for a graph whose JSON cannot be read: the error itself, or `.malformed` with the message of another.
  init(reading error: any Error) {
    switch error {
    case let error as GraphError: self = error
    case let error as JSONError: self.init(.malformed, error.message)
    default: self.init(.malformed, "\(error)")
    }
  }
}
