import Tensors

extension Model {
  /// The state of each population statistic: estimated, training average, never estimated, or stale.
  ///
  /// - Complexity: O(elements of all parameters).
  public var statisticStates: [TensorPath: StatisticState] {
    let digest = parametersDigest
    return origins.mapValues { $0.state(besideParameters: digest) }
  }

  /// Declares that training ended with the parameters of this model, for all training averages.
  ///
  /// - Throws: `GraphError` if the model contradicts itself. A model that was checked at its creation never throws.
  package mutating func endTraining() throws(GraphError) {
    let digest = parametersDigest
    for (path, origin) in origins where origin.estimator == .trainingAverage {
      var origin = origin
      origin.parametersDigest = digest
      try setStatistic(path, to: tensor(path), origin: origin)
    }
  }

  /// This model with the states of the original's statistics. It is for a change of parameters that keeps the function of the
  /// model: statistics that fit the original's parameters then also fit the new parameters.
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

  /// Sets every population statistic to 0 or 1 and marks it as never estimated. Nothing else resets statistics.
  ///
  /// - Throws: `GraphError` if the model contradicts itself. A model that was checked at its creation never throws.
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
