extension Scan {
  /// The prefix of the names of exposed statistics. They are the last outputs of the loop.
  private static let exposedPrefix: Name = "update_"

  /// The number of outputs of the loop, without the exposed statistics.
  var ownOutputCount: Int { outputs.count { !$0.hasPrefix(Scan.exposedPrefix) } }

  /// The loop with all normalizations of the body in training mode, and with their statistics exposed.
  func training(where isSelected: (Name) -> Bool) throws(GraphError) -> Scan {
    var scan = self
    scan.body = try body.trainingGraph(where: isSelected)
    return try scan.exposingStatistics()
  }

  /// The loop with additional outputs for the statistics of the body's normalizations in training mode. These outputs are stacked over
  /// time: the minibatch statistic, the number of observations, and, if each step has its own statistics, the time step.
  func exposingStatistics() throws(GraphError) -> Scan {
    let pairs = try body.trainingPairs(allowing: .all)
    var scan = self
    scan.outputs.removeAll { $0.hasPrefix(Scan.exposedPrefix) }
    let builder = GraphBuilder(continuing: body)
    var ports = body.outputs.filter { !$0.name.hasPrefix(Scan.exposedPrefix) }
      .map { (name: $0.name, variable: builder.variable($0.variable)) }
    for (ordinal, pair) in pairs.enumerated() {
      let name: Name = "\(Scan.exposedPrefix)\(ordinal)"
      var exposed = [(name: name, variable: builder.variable(pair.minibatch))]
      switch pair.observations {
      case .variable(let count): exposed.append(("\(name)_count", builder.variable(count)))
      case .elements(let input, let axes, let mask):
        let operands = ([input] + [mask].compactMap { $0 }).map(builder.variable)
        exposed.append(("\(name)_count", try builder.record(.elementCount(axes: axes), operands)[0]))
      }
      if let step = pair.step { exposed.append(("\(name)_step", builder.variable(step))) }
      ports += exposed
      scan.outputs += exposed.map(\.name)
    }
    scan.body = try builder.finish(outputs: NamedVariables(ports))
    return scan
  }

  /// Checks that the outputs end with the statistics of the body's normalizations in training mode, and that no other output has
  /// such a name.
  ///
  /// - Throws: `GraphError` with code `.malformed` that names the output.
  func checkStatistics() throws(GraphError) {
    var expected = outputs.filter { !$0.hasPrefix(Scan.exposedPrefix) }
    for (ordinal, pair) in try body.trainingPairs(allowing: .all).enumerated() {
      let name: Name = "\(Scan.exposedPrefix)\(ordinal)"
      guard body.output(named: name) == pair.minibatch, body.output(named: "\(name)_step") == pair.step,
        let count = body.output(named: "\(name)_count"), body.variables[count].type.scalar == .int64
      else {
        throw GraphError(
          .malformed,
          "a scan needs the outputs \(name), \(name)_count\(pair.step == nil ? "" : " and \(name)_step"): the statistic of "
            + "\(pair.brick) in training mode")
      }
      expected += [name, "\(name)_count"] + (pair.step == nil ? [] : ["\(name)_step"])
    }
    let exposed = Set(expected.filter { $0.hasPrefix(Scan.exposedPrefix) })
    for port in body.outputs where port.name.hasPrefix(Scan.exposedPrefix) && !exposed.contains(port.name) {
      throw GraphError(
        .malformed,
        "the body of a scan has an output \"\(port.name)\"; rename it, since names that begin with \(Scan.exposedPrefix) are for "
          + "the statistics of a body in training mode")
    }
    guard outputs == expected else {
      throw GraphError(
        .malformed,
        "a scan has the outputs \(outputs) instead of \(expected): names that begin with \(Scan.exposedPrefix) are for the "
          + "statistics of its body, which come last")
    }
  }

  /// The body's update pairs as pairs of the surrounding graph. Their variables are the results of the node that expose the
  /// statistics.
  func exposedPairs(results: [Int], allowing duplicates: AllowedDuplicates) throws(GraphError) -> [UpdatePair] {
    func result(_ name: Name) -> Int? { outputs.firstIndex(of: name).map { results[$0] } }
    var pairs: [UpdatePair] = []
    for (ordinal, pair) in try body.trainingPairs(allowing: duplicates).enumerated() {
      let name: Name = "\(Scan.exposedPrefix)\(ordinal)"
      guard let minibatch = result(name), let count = result("\(name)_count") else {
        throw GraphError(.malformed, "a loop does not expose the statistics of its body", brick: pair.brick)
      }
      let exposed = UpdatePair(
        statistic: pair.statistic, population: pair.population, minibatch: minibatch, brick: pair.brick,
        method: pair.method, repetition: pair.repetition, epsilon: pair.epsilon, step: result("\(name)_step"),
        observations: .variable(count), loopDepth: pair.loopDepth + 1)
      pairs.append(exposed)
    }
    return pairs
  }
}
