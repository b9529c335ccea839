extension Graph {
  /// The same graph with other variables in the place of some.
  ///
  ///     let halved = try graph.replacing { view, variable in view.role(refines: .weight) ? try variable * 0.5 : nil }
  ///
  /// What is made of a variable to take its place reads the variable itself; everything else reads the replacement. So
  /// replacements compose, whatever the order: with x · 2 for y and y · 3 for z, z is (x · 2) · 3.
  ///
  /// Bodies of loops are entered after the graph around them, with a builder of their own: a replacement there may use what was seen
  /// before, which the loop then captures. What a loop captures is replaced for the loop as well.
  ///
  /// Calls and normalizations follow: their inputs, offsets, divisors and steps are the replacements. The output of a call is the
  /// variable itself where its replacement is made of it. A variable that is gone leaves its roles to its replacement. Inputs and
  /// saved tensors stay leaves of the graph, even where nothing reads them any more.
  ///
  /// - Parameter replacement: Called with every variable, as queries see it and as a handle to record with; returns what takes its
  ///   place, or nil. Handles of one call may be used in later ones. Where it returns nil throughout, the graph comes back unchanged.
  /// - Throws: The errors of the closure, and `GraphError`, naming brick and application, with code `.shapeMismatch` if a
  ///   replacement has another type or shape, `.malformed` if replacements are circular.
  /// - Complexity: O(variables + nodes) beside the closure.
  public func replacing(
    _ replacement: (VariableView, ComputationGraphs.Variable) throws -> ComputationGraphs.Variable?
  ) throws -> Graph {
    try GraphPlace(self).replacing(with: GraphBuilder(continuing: self), replacement)
  }
}

extension GraphPlace {
  fileprivate func replacing(
    with builder: GraphBuilder, _ replacement: (VariableView, Variable) throws -> Variable?
  ) throws -> Graph {
    var substitutions: [Int: Int] = [:]
    var originals: [Int: Int] = [:]
    for view in variables {
      let firstNew = builder.arena.nodes.count
      do {
        let variable = builder.variable(view.index)
        guard let chosen = try replacement(view, variable) else { continue }
        let substitute = try builder.adopted(chosen)
        guard substitute.index != view.index else { continue }
        guard substitute.type == variable.type else {
          throw GraphError(.shapeMismatch, "the replacement of \(variable.type) is \(substitute.type)")
        }
        substitutions[view.index] = substitute.index
      } catch let error as GraphError {
        throw error.located(brick: view.brick, application: view.call?.application)
      }
      for node in firstNew..<builder.arena.nodes.count where builder.arena.nodes[node].inputs.contains(view.index) {
        originals[node] = view.index
      }
    }
    var isChanged = !substitutions.isEmpty
    for (node, scan) in graph.loops {
      if try builder.replaceBody(of: scan, atNode: node, in: self, replacement) { isChanged = true }
    }
    guard isChanged else { return graph }
    var result = try builder.arena.canonical(substituting: substitutions, originals: originals)
    result.tagVariablesOfCalls()
    return result
  }
}

extension GraphBuilder {
  /// Replaces variables in the body of a loop, and returns whether there were any to be replaced. What replacements use from
  /// around the loop becomes further captures.
  fileprivate func replaceBody(
    of scan: Scan, atNode node: Int, in place: GraphPlace, _ replacement: (VariableView, Variable) throws -> Variable?
  ) throws -> Bool {
    let operands = arena.nodes[node].inputs
    let ownCount = scan.sequences.count + scan.states.count
    let inner = GraphBuilder(
      continuing: scan.body, inside: self,
      captures: zip(scan.captures, operands.dropFirst(ownCount)).map { ($0, variable($1)) })
    var replaced = scan
    replaced.body = try place.body(of: scan, atNode: node).replacing(with: inner, replacement)
    guard replaced.body != scan.body else { return false }
    replaced.captures = inner.captures.map(\.name)
    arena.nodes[node].operation = .scan(replaced)
    arena.nodes[node].inputs = operands.prefix(ownCount) + inner.captures.map(\.variable.index)
    return true
  }
}

extension Graph {
  /// Gives what calls name the roles that it has thereby, as recording them did.
  fileprivate mutating func tagVariablesOfCalls() {
    for call in calls {
      for input in call.inputs { variables[input].roles.insert(.input) }
      for output in call.outputs { variables[output].roles.insert(.output) }
      guard let normalization = call.normalization else { continue }
      variables[normalization.offset].roles.insert(.batchNormalizationOffset)
      if let divisor = normalization.divisor { variables[divisor].roles.insert(.batchNormalizationDivisor) }
    }
  }
}
