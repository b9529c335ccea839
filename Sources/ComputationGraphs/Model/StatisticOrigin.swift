import Tensors

/// The origin of a population statistic: the number and the source of its observations, and the ε that it includes.
public struct StatisticOrigin: Hashable, Sendable {
  /// The ε that the stored standard deviation includes: sqrt(biased variance + ε).
  public var epsilon: Double
  /// The number of observations per element (batch × averaged axes): one count, or one for each time step. 0 means never
  /// estimated.
  public var observationCounts: [Int64]
  /// The method of estimation.
  public var estimator: EstimationMethod
  /// The number of minibatches that the statistic was estimated from; 0 if unknown.
  public var records: Int
  /// The digest of the parameters that the statistic was estimated with; nil if unknown or mixed. For a training average, it is the
  /// digest of the parameters at the end of training.
  public var parametersDigest: Digest?

  /// Creates an origin with its ε, counts, method and parameters.
  public init(
    epsilon: Double, observationCounts: [Int64], estimator: EstimationMethod, records: Int,
    parametersDigest: Digest?
  ) {
    self.epsilon = epsilon
    self.observationCounts = observationCounts
    self.estimator = estimator
    self.records = records
    self.parametersDigest = parametersDigest
  }

  /// The origin of the initial values 0 and 1. Nothing was observed.
  ///
  /// - Parameter steps: The number of time steps; nil if all steps share one statistic.
  public static func neverEstimated(epsilon: Double, steps: Int?) -> StatisticOrigin {
    StatisticOrigin(
      epsilon: epsilon, observationCounts: [Int64](repeating: 0, count: steps ?? 1), estimator: .notEstimated,
      records: 0,
      parametersDigest: nil)
  }

  /// The state of the statistic in a model whose parameters have the given digest.
  public func state(besideParameters digest: Digest) -> StatisticState {
    if observationCounts.allSatisfy({ $0 == 0 }) { return .neverEstimated }
    guard parametersDigest == digest else { return .stale }
    return estimator == .trainingAverage ? .trainingAverage : .estimated
  }

  /// Describes how this origin breaks a rule (schemas/STATISTICS.md, S1 and S2), in words that follow the statistic's path; nil if
  /// it breaks no rule. Models, and loading, saving and verifying of files, all use this rule.
  ///
  /// - Parameters:
  ///   - shape: The extents of the statistic. If there are time steps, their number comes first.
  ///   - isPerTimeStep: Whether the statistic's first axis counts time steps.
  package func problem(shape: [Int], isPerTimeStep: Bool) -> String? {
    guard Normalization.isValid(epsilon: epsilon) else {
      return "has the epsilon \(epsilon); it must be finite and at least 0"
    }
    guard records >= 0 else { return "has \(records) records; the number must be at least 0" }
    guard !estimator.name.isEmpty else { return "names no estimator" }
    if let count = observationCounts.first(where: { $0 < 0 }) {
      return "has the observation count \(count); the number must be at least 0"
    }
    let steps = isPerTimeStep ? shape.first ?? 1 : 1
    guard observationCounts.count == steps else {
      let values = isPerTimeStep ? "\(steps) time step\(steps == 1 ? "" : "s")" : "1 value"
      return "has \(observationCounts.count) observation count\(observationCounts.count == 1 ? "" : "s") for \(values)"
        + (isPerTimeStep ? "" : ", since its first axis is not named time")
    }
    return nil
  }

  /// Checks that the origin breaks no rule.
  ///
  /// - Throws: `GraphError` with code `.malformed`.
  package func check(for path: TensorPath, shape: Shape, isPerTimeStep: Bool) throws(GraphError) {
    if let problem = problem(shape: shape.dimensions, isPerTimeStep: isPerTimeStep) {
      throw GraphError(.malformed, "\(path) \(problem)")
    }
  }
}

/// The trustworthiness of a population statistic.
public enum StatisticState: String, Hashable, Sendable, Codable {
  /// The statistic was estimated with the parameters of its model.
  case estimated
  /// The statistic is a moving average that training kept, and training ended with the parameters of the model. It can be used, but
  /// it is not exact.
  case trainingAverage = "training_average"
  /// The statistic was estimated with other, unknown or mixed parameters.
  case stale
  /// The statistic has its initial value. Nothing was observed.
  case neverEstimated = "never_estimated"
}
