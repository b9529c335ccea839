import Tensors

/// The origin of a population statistic: what its number means, and how far it can be trusted.
public struct StatisticOrigin: Hashable, Sendable {
  /// ε, inside the stored standard deviation: sqrt(biased variance + ε).
  public var epsilon: Double
  /// Observations per element (batch × averaged axes): one count, or one for each time step. 0: never estimated.
  public var observationCounts: [Int64]
  /// The method of estimation.
  public var estimator: EstimationMethod
  /// The number of minibatches that the statistic was estimated from; 0 if unknown.
  public var records: Int
  /// The digest of the parameters that the statistic was estimated with; nil if unknown or mixed.
  public var parametersDigest: Digest?

  /// An origin from its parts.
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

  /// The origin of the initial values, 0 and 1: nothing was observed.
  ///
  /// - Parameter steps: The number of time steps; nil if one statistic serves them all.
  public static func neverEstimated(epsilon: Double, steps: Int?) -> StatisticOrigin {
    StatisticOrigin(
      epsilon: epsilon, observationCounts: [Int64](repeating: 0, count: steps ?? 1), estimator: .notEstimated,
      records: 0,
      parametersDigest: nil)
  }

  /// How far the statistic can be trusted beside parameters with a digest.
  public func state(besideParameters digest: Digest) -> StatisticState {
    if observationCounts.allSatisfy({ $0 == 0 }) { return .neverEstimated }
    return parametersDigest == digest ? .estimated : .stale
  }

  /// Checks the number of counts, and that none is negative.
  ///
  /// - Parameters:
  ///   - path: The path of the statistic, for messages.
  ///   - shape: Its shape, the time steps first if it has them.
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

/// How far a population statistic can be trusted.
public enum StatisticState: String, Hashable, Sendable, Codable {
  /// Estimated with the very parameters beside it.
  case estimated
  /// Estimated with other, unknown or mixed parameters.
  case stale
  /// An initial value: nothing was observed.
  case neverEstimated = "never_estimated"
}
