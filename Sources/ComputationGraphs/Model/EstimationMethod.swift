/// The method that produced the values of a population statistic.
public enum EstimationMethod: Hashable, Sendable {
  /// Nothing was observed, so the values are initial values. The name in files is `none`.
  case notEstimated
  /// Someone set the values. The name in files is `given`.
  case given
  /// Moving averages over the minibatches of training, which a framework kept while the parameters changed. They approximate the
  /// statistics of the last parameters. The name in files is `training-average`.
  case trainingAverage
  /// A method with the given name, such as `pooled`, estimated the values.
  case estimator(String)

  /// Creates the method that has the given name in files.
  public init(name: String) {
    switch name {
    case "none": self = .notEstimated
    case "given": self = .given
    case "training-average": self = .trainingAverage
    default: self = .estimator(name)
    }
  }

  /// The name in files.
  public var name: String {
    switch self {
    case .notEstimated: "none"
    case .given: "given"
    case .trainingAverage: "training-average"
    case .estimator(let name): name
    }
  }
}

extension EstimationMethod: CustomStringConvertible, ExpressibleByStringLiteral {
  /// The name in files.
  public var description: String { name }

  /// Creates the method that has the given name in files.
  public init(stringLiteral name: String) { self.init(name: name) }
}
