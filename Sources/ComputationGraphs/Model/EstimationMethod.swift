/// How the values of a population statistic were made.
public enum EstimationMethod: Hashable, Sendable {
  /// Nothing was observed: the values are initial ones. `none` in files.
  case notEstimated
  /// Someone set the values. `given` in files.
  case given
  /// The values were estimated by a method of this name, such as `pooled`.
  case estimator(String)

  /// The method of a name in a file.
  public init(name: String) {
    switch name {
    case "none": self = .notEstimated
    case "given": self = .given
    default: self = .estimator(name)
    }
  }

  /// The name in files.
  public var name: String {
    switch self {
    case .notEstimated: "none"
    case .given: "given"
    case .estimator(let name): name
    }
  }
}

extension EstimationMethod: CustomStringConvertible, ExpressibleByStringLiteral {
  /// The name in files.
  public var description: String { name }

  /// The method of a name in a file.
  public init(stringLiteral name: String) { self.init(name: name) }
}
