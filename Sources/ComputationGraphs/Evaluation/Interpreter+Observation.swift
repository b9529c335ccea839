import Tensors

/// A statistic of one minibatch, computed by an evaluation in training mode.
public struct ObservedStatistic: Hashable, Sendable {
  /// The mean or the standard deviation in double precision. The axes of surrounding loops come first.
  public let values: Tensor
  /// The number of observations per element: one number, or one for each step of the loops.
  public let counts: [Int64]
  /// The time step of each number of `counts`; nil if the statistics are not per time step.
  public let steps: [Int64]?

  /// Creates a statistic with its counts and steps.
  package init(values: Tensor, counts: [Int64], steps: [Int64]?) {
    (self.values, self.counts, self.steps) = (values, counts, steps)
  }
}

extension Interpreter {
  /// Computes the minibatch statistics of update pairs, and returns them in the order of the pairs.
  ///
  /// The statistics are in double precision for every type of graph, because they are not rounded after the reduction.
  ///
  /// - Parameters:
  ///   - pairs: Update pairs of the graph.
  ///   - inputs: The graph's inputs by name.
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func observe(_ pairs: [UpdatePair], inputs: [Name: Tensor]) throws(GraphError) -> [ObservedStatistic] {
    let others = Set(pairs.flatMap { [$0.step, $0.observations.variable].compactMap { $0 } }).sorted()
    let (values, precise, shapes) = try evaluate(others, inDoublePrecision: pairs.map(\.minibatch), inputs: inputs)
    let known = Dictionary(uniqueKeysWithValues: zip(others, values))
    return try zip(pairs, precise).map { (pair, statistic) throws(GraphError) in
      ObservedStatistic(
        values: statistic, counts: try counts(of: pair, known, shapes),
        steps: pair.step.flatMap { known[$0]?.integers })
    }
  }

  private func counts(
    of pair: UpdatePair, _ values: [Int: Tensor], _ shapes: [Shape?]
  ) throws(GraphError) -> [Int64] {
    switch pair.observations {
    case .variable(let count): return values[count]?.integers ?? []
    case .elements(let input, let axes, let mask):
      do {
        // The counts need only the shape of the input, so its values are not kept.
        let count = try shapes[input]?.elementCount(over: axes, where: mask.flatMap { values[$0] })
        return [Int64(count ?? 0)]
      } catch {
        throw GraphError(.evaluation, error.message, brick: pair.brick, application: pair.application)
      }
    }
  }
}

extension UpdatePair.Observations {
  /// The variable that determines the number of observations: the count itself, or a mask.
  fileprivate var variable: Int? {
    switch self {
    case .variable(let count): count
    case .elements(_, _, let mask): mask
    }
  }
}

extension Tensor {
  fileprivate var integers: [Int64]? {
    if case .int64(let elements) = storage { elements } else { nil }
  }
}
