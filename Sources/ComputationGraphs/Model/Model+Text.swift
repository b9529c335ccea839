import Tensors

// Access to tensors by paths such as `/mlp/linear_0.W`, and to statistics as lists of numbers.

extension Model {
  /// The value of a saved tensor, such as `/mlp/linear_0.W`.
  ///
  /// - Throws: `GraphError` with code `.missingValue` if the model has no such tensor.
  public func tensor(_ path: Name) throws(GraphError) -> Tensor { try tensor(self.path(path)) }

  /// Sets a parameter, or another saved tensor that is not a statistic: `model.set("/mlp/linear_0.b", to: biases)`. If a
  /// parameter changes, the statistics become stale.
  ///
  /// - Throws: `GraphError` if the model has no such tensor, or if its tensor has another type or shape.
  public mutating func set(_ path: Name, to tensor: Tensor) throws(GraphError) { try set(self.path(path), to: tensor) }

  /// Sets a population statistic to numbers that were estimated elsewhere with this model's parameters.
  ///
  /// - Parameters:
  ///   - path: The path, such as `/mlp/norm.population_mean`.
  ///   - values: The elements in row-major order. A standard deviation includes ε: sqrt(biased variance + ε).
  ///   - observations: The number of observations of each element, the same for all time steps; 0 for a statistic that was
  ///     never estimated.
  /// - Throws: `GraphError` if the model has no such statistic, the number of values differs from the number of elements, a value
  ///   is not finite, or the count is negative.
  public mutating func setStatistic(
    _ path: Name, to values: [Double], observations: Int64
  ) throws(GraphError) {
    let path = try self.path(path)
    let current = try tensor(path)
    guard let old = origins[path] else { throw GraphError(.malformed, "\(path) is not a statistic; use set") }
    guard values.allSatisfy(\.isFinite) else {
      throw GraphError(.malformed, "\(path) would have a value that is not finite")
    }
    let tensor: Tensor
    do {
      tensor = try Tensor(values, shape: current.shape).converted(to: current.type)
    } catch {
      throw GraphError(.shapeMismatch, "\(path): \(error.message)")
    }
    let origin = StatisticOrigin(
      epsilon: old.epsilon, observationCounts: old.observationCounts.map { _ in observations },
      estimator: observations == 0 ? "none" : "given", records: 0,
      parametersDigest: observations == 0 ? nil : parametersDigest)
    try setStatistic(path, to: tensor, origin: origin)
  }

  /// A population statistic with its value, origin and state.
  public struct Statistic: Hashable, Sendable {
    /// The path.
    public let path: TensorPath
    /// The value.
    public let value: Tensor
    /// The origin of the value.
    public let origin: StatisticOrigin
    /// The state of the value.
    public let state: StatisticState
  }

  /// The population statistics in the order of the graph's normalizations, each mean before its standard deviation. Statistics
  /// that belong to no normalization follow in canonical order.
  ///
  /// - Complexity: O(elements of all parameters).
  public var statistics: [Statistic] {
    let states = statisticStates
    var paths: [TensorPath] = []
    var seen: Set<TensorPath> = []
    for path in graph.allCalls.compactMap(\.normalization).flatMap(\.statistics) + origins.keys.sorted()
    where seen.insert(path).inserted { paths.append(path) }
    return paths.compactMap { path in
      guard let value = tensors[path], let origin = origins[path], let state = states[path] else { return nil }
      return Statistic(path: path, value: value, origin: origin, state: state)
    }
  }
}
