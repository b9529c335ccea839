extension Graph {
  /// The same graph with every normalization in training mode: offset and divisor become the mean and
  /// sqrt(biased variance + ε) of that call's own input, as the calls below leave it, of what its mask selects.
  ///
  /// Pure, and idempotent: calls in training mode stay as they are, a graph without normalizations comes back unchanged.
  /// Population statistics stay among the variables, but nothing depends on them.
  ///
  /// - Throws: `GraphError` with code `.tooFewObservations` if a normalization is for inference only, others if one does not
  ///   fit its input; only graphs made by hand can be so.
  /// - Complexity: O(variables + nodes).
  public func trainingGraph() throws(GraphError) -> Graph {
    let pending = calls.indices.filter { calls[$0].normalization.map { !$0.isTraining } ?? false }
    var loops: [(node: Int, scan: Scan)] = []
    for (node, scan) in self.loops {
      let training = try scan.training()
      if training != scan { loops.append((node, training)) }
    }
    guard !pending.isEmpty || !loops.isEmpty else { return self }
    let builder = GraphBuilder(continuing: self)
    var substitutions: [Int: Int] = [:]
    func replace(_ variable: Int, _ statistic: Int, call: Int) throws(GraphError) {
      guard substitutions.updateValue(statistic, forKey: variable) == nil else {
        throw GraphError(
          .malformed,
          "shares its offset or divisor, variable \(variable), with another application; in training mode each has its own",
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

  /// What a step past the end means to a call in inference mode: what it says, or what the offset is taken with.
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
  /// Puts another loop in the place of one with the same operands and, but for exposed statistics, the same results.
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

  /// The statistics that a normalization in training mode divides and shifts by, tagged with their roles.
  ///
  /// - Parameters:
  ///   - input: What is normalized, the batch on axis 0.
  ///   - axes: The averaged axes, kept with extent 1.
  ///   - mask: Of the input's type and rank, each extent 1 or equal: observations where it is 0 take no part; nil for all of them.
  ///   - epsilon: Added to the biased variance under the square root.
  ///   - meanOnly: Whether to leave the standard deviation out.
  ///   - call: The call that the statistics belong to; by default the one that is being recorded.
  /// - Throws: `GraphError` if the axes are not the input's.
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
