/// A population statistic and the minibatch statistic of one training-mode call that it is to be updated from.
public struct UpdatePair: Hashable, Sendable {
  /// The two statistics of a normalization.
  public enum Statistic: Hashable, Sendable {
    case mean, standardDeviation
  }

  /// Which statistic.
  public let statistic: Statistic
  /// The population statistic, shape ([T] where per time step) + per-example shape.
  public let population: TensorPath
  /// The minibatch statistic's variable, of the input's rank, averaged axes kept with extent 1; inside loops with one axis in
  /// front for each, in the order of processing.
  public let minibatch: Int
  /// The brick's path.
  public let brick: Name
  /// The application's name, without the number of the call.
  public let method: Name
  /// The number of calls of the brick before this one.
  public internal(set) var repetition: Int
  /// ε, inside the standard deviation.
  public let epsilon: Double
  /// The variable of the time step, where statistics are per step: an int64 scalar, with the loops' axes in front.
  public let step: Int?
  /// How many observations stand behind the statistic.
  public let observations: Observations
  /// How many loops the normalization lies in.
  public let loopDepth: Int

  /// How a number of observations per element is known.
  public enum Observations: Hashable, Sendable {
    /// The number of a variable's elements along some axes; of those that a mask, a variable, selects where there is one.
    case elements(of: Int, axes: [Int], mask: Int?)
    /// The value of a variable, an int64 scalar with the loops' axes in front.
    case variable(Int)
  }
}

extension UpdatePair {
  /// The application's name; the second and further calls of one brick carry `#1`, `#2`, ….
  public var application: Name { repetition == 0 ? method : "\(method)#\(repetition)" }
}

extension Graph {
  /// The update pairs of every training-mode normalization, mean before standard deviation, in the order of the calls.
  ///
  /// - Parameter allowingDuplicates: Whether one brick may be normalized with twice at the same time step. Different steps of
  ///   one brick are no duplicates. The same step is the same constant, the same variable, or the number of the step in two loops.
  /// - Throws: `GraphError` with code `.noUpdatePairs` if nothing is in training mode, `.duplicate` for duplicates.
  public func updatePairs(allowingDuplicates: Bool = false) throws(GraphError) -> [UpdatePair] {
    let pairs = try trainingPairs(allowingDuplicates: allowingDuplicates)
    guard !pairs.isEmpty else {
      throw GraphError(
        .noUpdatePairs,
        "no normalization of this graph is in training mode; take the pairs of trainingGraph(), or build inside a "
          + "training scope")
    }
    return pairs
  }

  /// The update pairs; none where nothing is in training mode.
  func trainingPairs(allowingDuplicates: Bool) throws(GraphError) -> [UpdatePair] {
    struct Place: Hashable {
      let brick: Name
      let step: StepIdentity?
    }
    var pairs: [UpdatePair] = []
    var seen: Set<Place> = []
    var callCounts: [Name: Int] = [:]
    func enter(_ brick: Name, _ application: Name, step: Int?) throws(GraphError) {
      guard seen.insert(Place(brick: brick, step: step.map(stepIdentity))).inserted || allowingDuplicates else {
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
      // The calls of a loop are counted on from those of this graph and of the loops before.
      let callsBefore = callCounts
      for var pair in try scan.exposedPairs(results: nodes[node].outputs, allowingDuplicates: allowingDuplicates) {
        pair.repetition += callsBefore[pair.brick, default: 0]
        if pair.statistic == .mean { try enter(pair.brick, pair.method, step: pair.step) }
        callCounts[pair.brick] = max(callCounts[pair.brick, default: 0], pair.repetition + 1)
        pairs.append(pair)
      }
    }
    return pairs
  }

  /// By what two time steps are known to be the same.
  private enum StepIdentity: Hashable {
    case constant(UInt64)
    case variable(Int)
    /// The number of the step of a loop within this graph. Every loop begins with step 0, so all of them meet.
    case loopStep
  }

  /// Steps that loops expose are followed into their bodies, and from there to what the bodies capture.
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
