extension Graph {
  /// The same graph with its normalizations in training mode. Offset and divisor become the mean and sqrt(biased variance + ε) of
  /// the call's own input. If earlier calls change to training mode, too, this input changes accordingly. If there is a mask, only
  /// the observations that it selects count.
  ///
  /// The function is pure and idempotent: calls in training mode stay unchanged, and a graph without normalizations is returned
  /// unchanged. The population statistics are still variables of the graph, but no other variable depends on them.
  ///
  /// - Parameter isSelected: Whether the normalizations of a brick get training mode; by default, all do. The other normalizations
  ///   keep their population statistics.
  /// - Throws: `GraphError` with code `.tooFewObservations` if a normalization can only be used in inference mode. Other errors
  ///   occur only for graphs made by hand, if a normalization does not fit its input.
  /// - Complexity: O(variables + nodes).
  public func trainingGraph(where isSelected: (Name) -> Bool = { _ in true }) throws(GraphError) -> Graph {
    let pending = calls.indices.filter {
      (calls[$0].normalization.map { !$0.isTraining } ?? false) && isSelected(calls[$0].brick)
    }
    var loops: [(node: Int, scan: Scan)] = []
    for (node, scan) in self.loops {
      let training = try scan.training(where: isSelected)
      if training != scan { loops.append((node, training)) }
    }
    guard !pending.isEmpty || !loops.isEmpty else { return self }
    let builder = GraphBuilder(continuing: self)
    var substitutions: [Int: Int] = [:]
    func replace(_ variable: Int, _ statistic: Int, call: Int) throws(GraphError) {
      guard substitutions.updateValue(statistic, forKey: variable) == nil else {
        throw GraphError(
          .malformed,
          "shares its offset or divisor, variable \(variable), with another application; in training mode, each needs its own",
          brick: calls[call].brick, application: calls[call].application)
      }
    }
    for index in pending {
      guard let normalization = calls[index].normalization else { continue }
      let statistics = try builder.minibatchStatistics(
        of: builder.variable(normalization.input), over: normalization.axes,
        where: normalization.mask.map(builder.variable), epsilon: normalization.epsilon,
        meanOnly: normalization.divisor == nil, call: index)
      try replace(normalization.offset, statistics.mean.index, call: index)
      if let divisor = normalization.divisor, let replacement = statistics.standardDeviation {
        try replace(divisor, replacement.index, call: index)
      }
    }
    for (node, scan) in loops { try builder.replaceLoop(atNode: node, by: scan) }
    var graph = builder.arena
    let producers = producers
    for index in pending {
      graph.calls[index].normalization?.isTraining = true
      do throws(GraphError) {
        try graph.calls[index].normalization?.checkMode()
      } catch {
        throw error.located(brick: calls[index].brick, application: calls[index].application)
      }
      graph.calls[index].normalization?.pastEnd = pastEndPolicy(ofCall: index, producers)
    }
    return try graph.canonical(substituting: substitutions)
  }

  /// The policy of a call in inference mode for a step after the last: its own policy, or the policy of the operation that reads
  /// the offset's row.
  private func pastEndPolicy(ofCall index: Int, _ producers: [Int?]) -> PastEndPolicy? {
    guard let normalization = calls[index].normalization, normalization.step != nil else { return nil }
    if let policy = normalization.pastEnd { return policy }
    var current = normalization.offset
    while let node = producers[current].map({ nodes[$0] }), let operand = node.inputs.first {
      if case .takeStep(let policy) = node.operation { return policy }
      current = operand
    }
    return nil
  }
}

extension GraphBuilder {
  /// Replaces a loop by another loop with the same operands and, except for exposed statistics, the same results.
  fileprivate func replaceLoop(atNode node: Int, by scan: Scan) throws(GraphError) {
    let operands = arena.nodes[node].inputs.map { arena.variables[$0].type }
    let own = arena.nodes[node].outputs.prefix(scan.ownOutputCount)
    let first = arena.variables[own.first ?? arena.nodes[node].outputs[0]]
    var results = Array(own)
    for type in try scan.resultTypes(of: operands).dropFirst(own.count) {
      arena.variables.append(
        Graph.Variable(name: nil, type: type, roles: [], source: nil, brick: first.brick, call: first.call))
      results.append(arena.variables.count - 1)
    }
    arena.nodes[node].operation = .scan(scan)
    arena.nodes[node].outputs = results
  }

  /// The statistics for the offset and divisor of a normalization in training mode, with their roles.
  ///
  /// - Parameters:
  ///   - input: The variable to normalize, with the batch on axis 0.
  ///   - axes: The axes to average over. They are kept with extent 1.
  ///   - mask: A mask of the input's type and rank; each of its extents is 1 or the input's extent. Observations with mask 0
  ///     are left out; nil includes all observations.
  ///   - epsilon: The ε that is added to the biased variance under the square root.
  ///   - meanOnly: Whether to leave out the standard deviation.
  ///   - call: The call to which the statistics belong; by default the call that is being recorded.
  /// - Throws: `GraphError` if the input does not have the axes.
  public func minibatchStatistics(
    of input: Variable, over axes: [Int], where mask: Variable? = nil, epsilon: Double, meanOnly: Bool = false,
    call: Int? = nil
  ) throws(GraphError) -> (mean: Variable, standardDeviation: Variable?) {
    let firstNew = arena.variables.count
    let mean = try input.reduced(.mean, over: axes, where: mask, keepingDimensions: true)
    mean.add(.batchNormalizationOffset)
    mean.add(.batchNormalizationMinibatchEstimate)
    var standardDeviation: Variable?
    if !meanOnly {
      let variance = try input.reduced(.variance, over: axes, where: mask, keepingDimensions: true)
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
