/// A population statistic, and the minibatch statistic of one call in training mode that updates it.
public struct UpdatePair: Hashable, Sendable {
  /// The two statistics of a normalization.
  public enum Statistic: Hashable, Sendable {
    /// The mean over the averaged axes.
    case mean
    /// sqrt(biased variance + ε) over the averaged axes.
    case standardDeviation
  }

  /// The statistic of the normalization.
  public let statistic: Statistic
  /// The population statistic. It has the shape of one example. If each time step has its own statistics, time is the first axis.
  public let population: TensorPath
  /// The variable of the minibatch statistic. It has the input's rank, with extent 1 on averaged axes. The axes of the
  /// surrounding loops come first, in the order of processing.
  public let minibatch: Int
  /// The brick's path.
  public let brick: Name
  /// The name of the application, without the number of the call.
  public let method: Name
  /// The number of calls of the brick before this call.
  public internal(set) var repetition: Int
  /// The ε that the standard deviation includes.
  public let epsilon: Double
  /// The variable of the time step; nil if all steps share one set of statistics.
  ///
  /// The variable is an int64 scalar for each step of the surrounding loops.
  public let step: Int?
  /// The source of the number of observations.
  public let observations: Observations
  /// The number of loops around the normalization.
  public let loopDepth: Int

  /// The sources of the number of observations per element.
  public enum Observations: Hashable, Sendable {
    /// The number of a variable's elements along some axes. If there is a mask, only the elements that it selects count.
    case elements(of: Int, axes: [Int], mask: Int?)
    /// The value of a variable, an int64 scalar for each step of the surrounding loops.
    case variable(Int)
  }
}

extension UpdatePair {
  /// The name of the application. The second and later calls of one brick have the suffix `#1`, `#2`, ….
  public var application: Name { repetition == 0 ? method : "\(method)#\(repetition)" }
}

/// Which repeated applications of one normalization have update pairs. Other repetitions are errors.
package enum AllowedDuplicates: Sendable {
  case none
  /// Applications of a normalization whose statistics are the same for all time steps: each application has a record of its own.
  case withoutSteps
  case all
}

extension Graph {
  /// The update pairs of all normalizations in training mode. Each mean comes before its standard deviation, in the order of the
  /// calls.
  ///
  /// - Parameter allowingDuplicates: Whether one brick may normalize twice at the same time step. Different steps of one brick are
  ///   not duplicates. Two steps are the same if they are equal constants, the same variable, or both the step number of a loop.
  /// - Throws: `GraphError` with code `.noUpdatePairs` if no normalization is in training mode, or `.duplicate` for duplicates.
  public func updatePairs(allowingDuplicates: Bool = false) throws(GraphError) -> [UpdatePair] {
    try updatePairs(allowing: allowingDuplicates ? .all : .none)
  }

  /// The update pairs of all normalizations in training mode, with some of the duplicates.
  ///
  /// - Throws: The errors of ``updatePairs(allowingDuplicates:)``.
  package func updatePairs(allowing duplicates: AllowedDuplicates) throws(GraphError) -> [UpdatePair] {
    let pairs = try trainingPairs(allowing: duplicates)
    guard !pairs.isEmpty else {
      throw GraphError(
        .noUpdatePairs,
        "no normalization of this graph is in training mode; take the pairs of trainingGraph(), or build inside a "
          + "training scope")
    }
    return pairs
  }

  /// The update pairs; empty if no normalization is in training mode.
  func trainingPairs(allowing duplicates: AllowedDuplicates) throws(GraphError) -> [UpdatePair] {
    struct Place: Hashable {
      let brick: Name
      let step: StepIdentity?
    }
    var pairs: [UpdatePair] = []
    var seen: Set<Place> = []
    var callCounts: [Name: Int] = [:]
    func enter(_ brick: Name, _ application: Name, step: Int?) throws(GraphError) {
      let isAllowed = duplicates == .all || duplicates == .withoutSteps && step == nil
      guard seen.insert(Place(brick: brick, step: step.map(stepIdentity))).inserted || isAllowed else {
        throw GraphError(
          .duplicate,
          "is applied in training mode more than once\(step == nil ? "" : " at the same time step"), so "
            + "its statistics have several values; pass allowingDuplicates: true to get a pair for each",
          brick: brick, application: application)
      }
    }
    for call in calls {
      guard let normalization = call.normalization, normalization.isTraining else { continue }
      try enter(call.brick, call.application, step: normalization.step)
      let repetition = callCounts[call.brick, default: 0]
      callCounts[call.brick] = repetition + 1
      func pair(_ statistic: UpdatePair.Statistic, _ population: TensorPath, _ minibatch: Int) -> UpdatePair {
        UpdatePair(
          statistic: statistic, population: population, minibatch: minibatch, brick: call.brick,
          method: call.application, repetition: repetition, epsilon: normalization.epsilon, step: normalization.step,
          observations: .elements(of: normalization.input, axes: normalization.axes, mask: normalization.mask),
          loopDepth: 0)
      }
      pairs.append(pair(.mean, normalization.populationMean, normalization.offset))
      if let path = normalization.populationStandardDeviation, let divisor = normalization.divisor {
        pairs.append(pair(.standardDeviation, path, divisor))
      }
    }
    for (node, scan) in loops {
      // Calls in a loop continue the numbers of the calls in this graph and in earlier loops.
      let callsBefore = callCounts
      for var pair in try scan.exposedPairs(results: nodes[node].outputs, allowing: duplicates) {
        pair.repetition += callsBefore[pair.brick, default: 0]
        if pair.statistic == .mean { try enter(pair.brick, pair.method, step: pair.step) }
        callCounts[pair.brick] = max(callCounts[pair.brick, default: 0], pair.repetition + 1)
        pairs.append(pair)
      }
    }
    return pairs
  }

  /// The identity of a time step. Equal identities mean the same step.
  private enum StepIdentity: Hashable {
    case constant(UInt64)
    case variable(Int)
    /// The step number of a loop. All loops begin with step 0, so their steps count as the same.
    case loopStep
  }

  /// The identity of a step. If a loop exposes the step, the search continues in the loop's body, and from there at captured
  /// variables.
  private func stepIdentity(_ variable: Int) -> StepIdentity {
    if case .constant(let value) = variables[variable].source { return .constant(value.bitPattern) }
    for (node, scan) in loops {
      guard let result = nodes[node].outputs.firstIndex(of: variable),
        let inside = scan.body.output(named: scan.outputs[result])
      else { continue }
      switch scan.body.stepIdentity(inside) {
      case .variable(let index):
        guard case .input(let name) = scan.body.variables[index].source else { break }
        if name == scan.stepInput { return .loopStep }
        guard let capture = scan.captures.firstIndex(of: name) else { break }
        return stepIdentity(nodes[node].inputs[scan.sequences.count + scan.states.count + capture])
      case let identity: return identity
      }
    }
    return .variable(variable)
  }
}
