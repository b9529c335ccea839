import JSON

/// An error of building, transforming or evaluating a graph.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: Hashable, Sendable {
    /// A name that files cannot store.
    case invalidName
    /// A pattern that no path can match.
    case invalidSelector
    /// Ranks, extents or types do not fit.
    case shapeMismatch
    /// Two things have the same name.
    case duplicate
    /// The parts of the graph contradict each other.
    case malformed
    /// An operation that this version cannot evaluate.
    case unknownOperation
    /// A requested value does not exist.
    case missingValue
    /// A time step is missing, out of range, or not allowed here.
    case timeStep
    /// There are too few observations to estimate a statistic.
    case tooFewObservations
    /// The graph has no normalization in training mode, so there are no update pairs.
    case noUpdatePairs
    /// A numerical operation failed.
    case evaluation
  }

  /// The kind of failure.
  public let code: Code
  /// The problem, without the brick and the application.
  public let message: String
  /// The brick in whose application the error happened.
  public let brick: Name?
  /// The application of the brick in which the error happened, such as `apply`.
  public let application: Name?

  /// Creates an error with its kind, message, brick and application.
  public init(_ code: Code, _ message: String, brick: Name? = nil, application: Name? = nil) {
    self.code = code
    self.message = message
    self.brick = brick
    self.application = application
  }

  /// Adds a brick and an application to the error. An error that already names an application or another brick is unchanged.
  public func located(brick: Name?, application: Name?) -> GraphError {
    guard self.brick == nil || self.brick == brick, self.application == nil else { return self }
    return GraphError(code, message, brick: brick, application: application)
  }

  /// The brick and the application, then the message.
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

  /// The error for a graph whose JSON cannot be read: a `GraphError` itself, or `.malformed` with the message of another error.
  init(reading error: any Error) {
    switch error {
    case let error as GraphError: self = error
    case let error as JSONError: self.init(.malformed, error.message)
    default: self.init(.malformed, "\(error)")
    }
  }
}
