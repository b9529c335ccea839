import Tensors

/// The origin of a population statistic: the meaning of its numbers, and the reasons to trust them.
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
  /// The digest of the parameters that the statistic was estimated with; nil if unknown or mixed.
  public var parametersDigest: Digest?

  /// An origin with its facts.
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
    return parametersDigest == digest ? .estimated : .stale
  }

  /// Checks the number of counts, and that no count is negative.
  ///
  /// - Parameters:
  ///   - path: The path of the statistic, for messages.
  ///   - shape: The shape of the statistic. If it has a time axis, the time steps come first.
  ///   - isPerTimeStep: Whether its first axis counts time steps.
  /// - Throws: `GraphError` with code `.malformed`.
  package func check(for path: TensorPath, shape: Shape, isPerTimeStep: Bool) throws(GraphError) {
    let steps = isPerTimeStep ? shape.dimensions.first : nil
    guard observationCounts.count == steps ?? 1, observationCounts.allSatisfy({ $0 >= 0 }) else {
      let wanted = steps.map { "one for each of its \($0) time steps" } ?? "one: its first axis is not named time"
      throw GraphError(
        .malformed, "\(path) of shape \(shape) has the observation counts \(observationCounts); it needs \(wanted)")
    }
  }
}

/// The trustworthiness of a population statistic.
public enum StatisticState: String, Hashable, Sendable, Codable {
  /// The statistic was estimated with the parameters of its model.
  case estimated
  /// The statistic was estimated with other, unknown or mixed parameters.
  case stale
  /// The statistic has its initial value. Nothing was observed.
  case neverEstimated = "never_estimated"
}
