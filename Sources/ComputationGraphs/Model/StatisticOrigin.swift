import Tensors

/// Where a population statistic comes from: what its number means and how far it can be trusted.
public struct StatisticOrigin: Hashable, Sendable {
  /// ε, inside the stored standard deviation: sqrt(biased variance + ε).
  public var epsilon: Double
  /// Observations per element (batch × averaged axes): one count, or one per time step. 0: never estimated.
  public var observationCounts: [Int64]
  /// How the values were made.
  public var estimator: EstimationMethod
  /// How many minibatches stand behind it; 0 where unknown.
  public var records: Int
  /// The digest of the parameters that it was estimated with; nil where unknown or mixed.
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

  /// The origin of initial values, 0 and 1: nothing was observed.
  public static func neverEstimated(epsilon: Double, steps: Int?) -> StatisticOrigin {
    StatisticOrigin(
      epsilon: epsilon, observationCounts: [Int64](repeating: 0, count: steps ?? 1), estimator: .notEstimated,
      records: 0,
      parametersDigest: nil)
  }

  /// Checks the counts against a statistic: there is one count, or one for each time step if the first axis is `time`.
  ///
  /// - Throws: `GraphError` with code `.malformed` if the number of counts is another, or a count is negative.
  package func checkCounts(
    of path: TensorPath, shape: Shape, _ description: TensorDescription?
  ) throws(GraphError) {
    let steps = description?.hasTimeAxis ?? false ? shape.dimensions[0] : nil
    guard observationCounts.count == steps ?? 1, observationCounts.allSatisfy({ $0 >= 0 }) else {
      let wanted = steps.map { "one for each of its \($0) time steps" } ?? "one: its first axis is not named time"
      throw GraphError(
        .malformed, "\(path) of shape \(shape) has the observation counts \(observationCounts); it needs \(wanted)")
    }
  }

  /// What the origin says beside the parameters of a digest.
  public func state(besideParameters digest: Digest) -> StatisticState {
    if observationCounts.allSatisfy({ $0 == 0 }) { return .neverEstimated }
    return parametersDigest == digest ? .estimated : .stale
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

/// How to read a tensor's axes.
public struct TensorDescription: Hashable, Sendable {
  /// A name per axis, such as `channel`.
  public var axes: [Name]
  /// Per axis, whether one value serves the whole axis of the data; nil where that has no meaning.
  public var broadcastable: [Bool]?

  /// A description from its parts.
  public init(axes: [Name], broadcastable: [Bool]? = nil) {
    self.axes = axes
    self.broadcastable = broadcastable
  }

  /// Whether the first axis counts time steps.
  public var hasTimeAxis: Bool { axes.first == "time" }

  /// The names of some per-example axes, as images have them: `channel`, `height`, `width`, `axis_3`, ….
  package static func exampleAxes(_ count: Int) -> [Name] {
    let known: [Name] = ["channel", "height", "width"]
    return (0..<count).map { $0 < known.count ? known[$0] : "axis_\($0)" }
  }
}

extension Model {
  /// The digest of all parameters (schemas/CONTAINER.md): which parameters a statistic was estimated with.
  ///
  /// - Complexity: O(elements of all parameters).
  public var parametersDigest: Digest {
    Model.parametersDigest(
      graph.savedTensors.filter { $0.path.collection == .parameters }.compactMap { path, _ in
        tensors[path].map { (path, $0.type, $0.shape, $0.digest) }
      })
  }

  /// The digest of parameters that are known by path, type, shape and digest, in canonical order.
  public static func parametersDigest(
    _ parameters: [(path: TensorPath, type: ScalarType, shape: Shape, digest: Digest)]
  ) -> Digest {
    Digest(
      of: parameters.map { path, type, shape, digest in
        let extents = shape.dimensions.map(String.init).joined(separator: ",")
        return "\(path.datasetPath)\t\(type.rawValue)\t\(extents)\t\(digest)\n"
      }.joined())
  }

  /// How far each population statistic can be trusted.
  public var statisticStates: [TensorPath: StatisticState] {
    let digest = parametersDigest
    return origins.mapValues { $0.state(besideParameters: digest) }
  }

  /// The model with its statistics as far estimated as those of another that is the same function: of other parameters, yet right.
  package func keepingStates(of original: Model) throws(GraphError) -> Model {
    var model = self
    let (old, new) = (original.parametersDigest, parametersDigest)
    for (path, origin) in origins where origin.parametersDigest == old {
      var origin = origin
      origin.parametersDigest = new
      try model.setStatistic(path, to: tensor(path), origin: origin)
    }
    return model
  }

  /// Puts every population statistic back to 0 and 1, never estimated. Nothing else ever resets them.
  ///
  /// - Throws: `GraphError` where the model contradicts itself; never for a model that was checked when it was made.
  public mutating func resetStatistics() throws(GraphError) {
    for (path, variable) in graph.savedTensors {
      guard let origin = origins[path] else { continue }
      let current = try tensor(path)
      let value: Double = variable.roles.contains(refining: .populationStandardDeviation) ? 1 : 0
      do {
        try setStatistic(
          path, to: Tensor(repeating: value, shape: current.shape, type: current.type),
          origin: .neverEstimated(epsilon: origin.epsilon, steps: origin.observationCounts.count))
      } catch {
        throw GraphError(.malformed, "\(path) cannot be reset: \(error)")
      }
    }
  }
}
