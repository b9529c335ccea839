import Tensors

/// Checks the input and the time step of a normalization in training mode, when their values are known.
struct TrainingCheck {
  /// The normalization.
  let normalization: Normalization
  /// The call of the normalization.
  let call: Graph.Call
  /// The number of time steps with their own statistics; nil if the population mean has no time axis.
  let stepCount: Int?

  /// Checks that there are enough observations. A single observation has the deviation 0, so its output would be only the shift.
  /// Without observations, the output would be NaN. With a mask, both are allowed, because the last steps of a batch may belong
  /// only to the longest sequence.
  ///
  /// - Throws: `GraphError` with code `.tooFewObservations`.
  func checkObservations(of shapes: [Shape?]) throws(GraphError) {
    guard normalization.mask == nil else { return }
    guard let shape = shapes[normalization.input] else {
      throw located(GraphError(.malformed, "normalizes variable \(normalization.input) before it is computed"))
    }
    let count = normalization.axes.reduce(1) { $0 * shape[$1] }
    guard count >= 2 else {
      throw located(
        GraphError(
          .tooFewObservations,
          "training mode needs at least 2 observations per element, and input \(shape) has \(count); use a larger batch"
        ))
    }
  }

  /// Checks that there are statistics for a time step. Training mode does not use these statistics, but its update pairs belong to
  /// the step.
  ///
  /// - Throws: `GraphError` with code `.timeStep`.
  func checkStep(_ step: Tensor) throws(GraphError) {
    guard let stepCount else {
      throw located(GraphError(.malformed, "has a time step, but \(normalization.populationMean) has no time axis"))
    }
    do throws(GraphError) {
      _ = try (normalization.pastEnd ?? .clampToLast).row(for: step, of: stepCount)
    } catch {
      throw located(error)
    }
  }

  private func located(_ error: GraphError) -> GraphError {
    error.located(brick: call.brick, application: call.application)
  }
}

extension TrainingCheck {
  /// The checks of normalizations in training mode, by the variables of their offsets and divisors, and by the reductions of their
  /// inputs. Without elements, these reductions would fail first.
  static func checks(of graph: Graph) -> [Int: TrainingCheck] {
    var stepCounts: [TensorPath: Int] = [:]
    for variable in graph.variables {
      if case .tensor(let path) = variable.source { stepCounts[path] = variable.type.shape.first?.fixed }
    }
    var checks: [Int: TrainingCheck] = [:]
    var byInput: [Int: [TrainingCheck]] = [:]
    for call in graph.calls {
      guard let normalization = call.normalization, normalization.isTraining else { continue }
      let check = TrainingCheck(
        normalization: normalization, call: call, stepCount: stepCounts[normalization.populationMean])
      checks[normalization.offset] = check
      if let divisor = normalization.divisor { checks[divisor] = check }
      byInput[normalization.input, default: []].append(check)
    }
    for node in graph.nodes {
      guard case .reduce(_, let axes, _) = node.operation, let candidates = byInput[node.inputs[0]] else { continue }
      let mask = node.inputs.dropFirst().first
      let check = candidates.first { $0.normalization.axes == axes && $0.normalization.mask == mask }
      for output in node.outputs where checks[output] == nil { checks[output] = check }
    }
    return checks
  }
}
