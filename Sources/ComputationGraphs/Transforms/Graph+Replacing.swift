extension Graph {
  /// The same graph with some variables replaced by others.
  ///
  ///     let halved = try graph.replacing { view, variable in view.role(refines: .weight) ? try variable * 0.5 : nil }
  ///
  /// A replacement that is computed from a variable reads the variable itself. All other nodes read the replacement. So the order
  /// of replacements does not matter: if x · 2 replaces y, and y · 3 replaces z, then z becomes (x · 2) · 3.
  ///
  /// Variables in the bodies of loops follow after the variables of the surrounding graph. A replacement in a body may use
  /// earlier variables from outside the loop, which the loop then captures. If a captured variable is replaced, the loop gets the
  /// replacement.
  ///
  /// The inputs, offsets, divisors and steps of calls and normalizations become the replacements. If the replacement of a call's
  /// output is computed from this output, the output still belongs to the call. If a variable is removed, its replacement gets its
  /// roles. Inputs and saved tensors stay leaves of the graph, even if no node reads them any more.
  ///
  /// - Parameter replacement: A closure that gets each variable, both as a view for queries and as a handle for recording. It
  ///   returns the replacement, or nil to keep the variable. Later calls may use handles from earlier calls. If all calls return
  ///   nil, the graph is returned unchanged.
  /// - Throws: The errors of the closure. `GraphError` with code `.shapeMismatch` if a replacement has another type or shape, or
  ///   with code `.malformed` if replacements are circular. It names the brick and the application.
  /// - Complexity: O(variables + nodes), plus the closure.
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
          throw GraphError(
            .shapeMismatch,
            "a variable of type \(variable.type) cannot be replaced by a variable of type \(substitute.type)")
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
  /// Replaces variables in the body of a loop, and returns whether there was a replacement. The loop also captures
  /// the outside variables that replacements use.
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
  /// Gives the variables of calls the roles of inputs and outputs, as recording the calls does.
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
