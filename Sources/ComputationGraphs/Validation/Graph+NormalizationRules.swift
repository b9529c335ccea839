import Tensors

// The rules for a normalization, its input and its population statistics (schemas/STATISTICS.md, G34 to G37). Graphs from files and
// from builders obey the same rules. Programs that average or recalibrate rely on these rules alone.

extension Graph {
  /// Checks the normalizations of this graph, and compares them with the normalizations of its loops.
  ///
  /// - Throws: `GraphError` with code `.malformed` or `.shapeMismatch` that names the call.
  func validateNormalizations() throws(GraphError) {
    var leaves: [TensorPath: Int] = [:]
    for (index, variable) in variables.enumerated() {
      if case .tensor(let path) = variable.source { leaves[path] = index }
    }
    let producers = producers
    for (index, call) in calls.enumerated() {
      guard let normalization = call.normalization else { continue }
      let rules = NormalizationRules(
        graph: self, leaves: leaves, producers: producers, call: call, normalization: normalization,
        place: "call \(index) of \(call.brick)")
      try rules.check()
    }
    try checkNormalizationsAgree()
  }

  /// Checks that all calls of one brick use the same statistics, also in different loops.
  private func checkNormalizationsAgree() throws(GraphError) {
    var known: [Name: Normalization] = [:]
    for call in allCalls {
      guard let normalization = call.normalization else { continue }
      guard let other = known.updateValue(normalization, forKey: call.brick) else { continue }
      if let difference = normalization.difference(from: other) {
        throw GraphError(
          .malformed, "the calls of this brick use different \(difference); use a separate brick for each call",
          brick: call.brick)
      }
    }
  }
}

extension Normalization {
  /// The plural name of what differs between this and another normalization of the same brick; nil if they are compatible.
  fileprivate func difference(from other: Normalization) -> String? {
    if populationMean != other.populationMean { return "population means" }
    if populationStandardDeviation != other.populationStandardDeviation { return "population deviations" }
    if epsilon != other.epsilon { return "values of epsilon" }
    return (step == nil) == (other.step == nil) ? nil : "settings for time steps"
  }
}

/// The rules for one normalization.
private struct NormalizationRules {
  let graph: Graph
  /// The variable of each saved tensor.
  let leaves: [TensorPath: Int]
  /// The node that computes each variable.
  let producers: [Int?]
  let call: Graph.Call
  let normalization: Normalization
  /// The call, for messages.
  let place: String

  private var input: VariableType { graph.variables[normalization.input].type }

  func check() throws(GraphError) {
    guard Set(normalization.axes).count == normalization.axes.count, normalization.axes.contains(0),
      normalization.axes.allSatisfy({ (0..<input.rank).contains($0) })
    else {
      throw GraphError(
        .malformed,
        "\(place) normalizes over axes \(normalization.axes); they must be different axes of the input, and include axis 0"
      )
    }
    guard Normalization.isValid(epsilon: normalization.epsilon) else {
      throw GraphError(
        .malformed, "\(place) has the epsilon \(normalization.epsilon); it must be finite and at least 0")
    }
    guard (normalization.divisor == nil) == (normalization.populationStandardDeviation == nil) else {
      throw GraphError(
        .malformed, "\(place) has a divisor without population_stdev, or population_stdev without a divisor")
    }
    do throws(GraphError) {
      try normalization.checkMode()
    } catch {
      throw GraphError(.malformed, "\(place) \(error.message)")
    }
    try checkStep()
    try checkMask()
    try check(normalization.populationMean, .populationMean, isReadInto: normalization.offset, "offset")
    if let path = normalization.populationStandardDeviation, let divisor = normalization.divisor {
      guard path != normalization.populationMean else {
        throw GraphError(.malformed, "\(place) has \(path.datasetPath) as its mean and as its standard deviation")
      }
      try check(path, .populationStandardDeviation, isReadInto: divisor, "divisor")
    }
  }

  private func checkStep() throws(GraphError) {
    if let step = normalization.step, graph.variables[step].type != VariableType(.int64, []) {
      throw GraphError(
        .shapeMismatch, "the time step of \(place) is \(graph.variables[step].type), not an int64 scalar")
    }
  }

  private func checkMask() throws(GraphError) {
    guard let mask = normalization.mask else { return }
    let type = graph.variables[mask].type
    do throws(GraphError) {
      _ = try GraphOperation.elementCount(axes: normalization.axes).resultType(of: [input, type])
    } catch {
      throw GraphError(
        .shapeMismatch,
        "the mask of \(place) is \(type); it needs the type and rank of the input, \(input), and extent 1 on axes that "
          + "are not averaged; on each other axis, the extent must be 1 or the input's extent")
    }
  }

  /// Checks a population statistic, and the variable that represents it in the computation.
  private func check(
    _ path: TensorPath, _ role: Role, isReadInto variable: Int, _ name: String
  ) throws(GraphError) {
    guard let leaf = leaves[path] else {
      throw GraphError(.malformed, "\(place) names \(path.datasetPath), which is not a variable of the graph")
    }
    guard path.collection == .statistics, path.brick == call.brick else {
      throw GraphError(.malformed, "\(place) names \(path.datasetPath), which is not a statistic of its brick")
    }
    guard graph.variables[leaf].roles.contains(refining: role) else {
      throw GraphError(
        .malformed, "\(place) names \(path.datasetPath) for the role \(role), but this tensor does not have the role")
    }
    let statistic = try typeOfMinibatchStatistics()
    guard graph.variables[variable].type == statistic else {
      throw GraphError(
        .shapeMismatch, "the \(name) of \(place) is \(graph.variables[variable].type), not \(statistic)")
    }
    try checkShape(of: leaf, path, fits: statistic)
    if !normalization.isTraining { try check(variable, comesFrom: path, name) }
  }

  /// The type of a mean over the averaged axes. A transform can replace an offset or divisor only by a statistic of this type.
  private func typeOfMinibatchStatistics() throws(GraphError) -> VariableType {
    try GraphOperation.reduce(.mean, axes: normalization.axes, keepingDimensions: true).resultType(of: [input])
  }

  /// Checks the shape of a saved statistic: the shape of the minibatch statistic without leading axes of extent 1, and with the
  /// time steps first if there are any.
  private func checkShape(of leaf: Int, _ path: TensorPath, fits statistic: VariableType) throws(GraphError) {
    let type = graph.variables[leaf].type
    let example = Array(type.shape.dropFirst(normalization.step == nil ? 0 : 1))
    let added = statistic.rank - example.count
    let isPerStep = normalization.step == nil || type.rank > 0
    guard isPerStep, type.scalar == statistic.scalar, added >= 0, Array(statistic.shape.dropFirst(added)) == example,
      statistic.shape.prefix(added).allSatisfy({ $0 == 1 })
    else {
      throw GraphError(
        .shapeMismatch,
        "\(place) has the statistic \(path.datasetPath) of type \(type), which does not fit \(statistic)"
          + (normalization.step == nil ? "" : " for each time step"))
    }
  }

  /// Checks that, in inference mode, the variable is the statistic itself or its row for the time step, possibly with additional
  /// leading axes.
  private func check(_ variable: Int, comesFrom path: TensorPath, _ name: String) throws(GraphError) {
    var current = variable
    func producer() -> Graph.Node? { producers[current].map { graph.nodes[$0] } }
    while let node = producer(), case .expandDimensions(axis: 0) = node.operation { current = node.inputs[0] }
    var isTaken = normalization.step == nil
    if let step = normalization.step, let node = producer(), case .takeStep = node.operation, node.inputs[1] == step {
      current = node.inputs[0]
      isTaken = true
    }
    guard isTaken, case .tensor(path) = graph.variables[current].source else {
      throw GraphError(
        .malformed,
        "the \(name) of \(place), variable \(variable), is not read from \(path.datasetPath)"
          + (normalization.step.map { " at the time step, variable \($0)" } ?? ""))
    }
  }
}
