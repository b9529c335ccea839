extension Graph {
  /// The same graph with every normalization in training mode: offset and divisor become the mean and
  /// sqrt(biased variance + ε) of that call's own input, as the calls below leave it.
  ///
  /// Pure, and idempotent: calls in training mode stay as they are, a graph without normalizations comes back unchanged.
  /// Population statistics stay among the variables, but nothing depends on them.
  ///
  /// - Throws: `GraphError` where a normalization does not fit its input; only graphs made by hand can be so.
  /// - Complexity: O(variables + nodes).
  public func trainingGraph() throws(GraphError) -> Graph {
    let pending = calls.indices.filter { calls[$0].normalization.map { !$0.isTraining } ?? false }
    guard !pending.isEmpty else { return self }
    let builder = GraphBuilder(continuing: self)
    var substitutions: [Int: Int] = [:]
    for index in pending {
      guard let normalization = calls[index].normalization else { continue }
      let statistics = try builder.minibatchStatistics(
        of: builder.variable(normalization.input), over: normalization.axes,
        epsilon: normalization.epsilon, meanOnly: normalization.divisor == nil, call: index)
      substitutions[normalization.offset] = statistics.mean.index
      if let divisor = normalization.divisor, let replacement = statistics.standardDeviation {
        substitutions[divisor] = replacement.index
      }
    }
    var graph = builder.arena
    for index in pending { graph.calls[index].normalization?.isTraining = true }
    return try graph.canonical(substituting: substitutions)
  }
}

extension GraphBuilder {
  /// The statistics that a normalization in training mode divides and shifts by, tagged with their roles.
  ///
  /// - Parameters:
  ///   - input: What is normalized, the batch on axis 0.
  ///   - axes: The averaged axes, kept with extent 1.
  ///   - epsilon: Added to the biased variance under the square root.
  ///   - meanOnly: Whether to leave the standard deviation out.
  ///   - call: The call that the statistics belong to; by default the one that is being recorded.
  /// - Throws: `GraphError` where the axes are not the input's.
  public func minibatchStatistics(
    of input: Variable, over axes: [Int], epsilon: Double, meanOnly: Bool = false, call: Int? = nil
  ) throws(GraphError) -> (mean: Variable, standardDeviation: Variable?) {
    let firstNew = arena.variables.count
    let mean = try input.reduced(.mean, over: axes, keepingDimensions: true)
    mean.add(.batchNormalizationOffset)
    mean.add(.batchNormalizationMinibatchEstimate)
    var standardDeviation: Variable?
    if !meanOnly {
      let variance = try input.reduced(.variance, over: axes, keepingDimensions: true)
      let deviation = try (variance + epsilon).applying(.squareRoot)
      deviation.add(.batchNormalizationDivisor)
      deviation.add(.batchNormalizationMinibatchEstimate)
      standardDeviation = deviation
    }
    if let call {
      for index in firstNew..<arena.variables.count where arena.variables[index].source == nil {
        arena.variables[index].call = call
        arena.variables[index].brick = arena.calls[call].brick
      }
    }
    return (mean, standardDeviation)
  }
}
