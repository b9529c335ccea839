import Tensors

/// A variable of a graph or of a loop's body, with the nodes of the loops around it.
struct VariablePlace {
  let loops: ArraySlice<Int>
  let index: Int
}

extension Graph {
  /// The graph with additional results of its loops, so that the values of variables in loops can be read.
  ///
  /// - Parameter places: Variables of this graph or of the bodies of its loops.
  /// - Returns: The graph, and for each place the variable of the graph with its value. The values of a variable in a loop are
  ///   stacked along a new axis 0, in the order of processing.
  func exposing(_ places: [VariablePlace]) -> (graph: Graph, variables: [Int]) {
    var graph = self
    var variables = places.map(\.index)
    for (node, scan) in loops {
      let inside = places.indices.filter { places[$0].loops.first == node }
      guard !inside.isEmpty else { continue }
      var loop = scan
      let (body, results) = scan.body.exposing(
        inside.map { VariablePlace(loops: places[$0].loops.dropFirst(), index: places[$0].index) })
      loop.body = body
      let steps = graph.nodes[node].outputs.first.flatMap { graph.variables[$0].type.shape.first }
      for (place, result) in zip(inside, results) {
        let name = body.unusedName(with: loop.outputs)
        loop.body.outputs.append(Port(name: name, variable: result))
        loop.outputs.append(name)
        let type = body.variables[result].type
        graph.nodes[node].outputs.append(graph.variables.count)
        variables[place] = graph.variables.count
        graph.variables.append(
          Variable(type: VariableType(type.scalar, [steps ?? .symbolic("steps")] + type.shape), roles: []))
      }
      graph.nodes[node].operation = .scan(loop)
    }
    return (graph, variables)
  }

  private func unusedName(with names: [Name]) -> Name {
    let taken = Set(outputs.map(\.name) + names)
    var number = taken.count
    while taken.contains("exposed_\(number)") { number += 1 }
    return "exposed_\(number)"
  }
}

extension Model {
  /// The values of some variables of the model's graph in inference mode. The outputs do not have to depend on these variables.
  ///
  /// A variable in a loop has a value at each step. The values are stacked along a new axis 0 in the order of processing. Each
  /// additional surrounding loop adds another axis.
  ///
  /// ```swift
  /// let attention = model.graph.variables { $0.name == "attention" }
  /// let values = try model.values(of: attention, for: ["images": images])
  /// ```
  ///
  /// - Parameters:
  ///   - variables: Variables of this model's graph.
  ///   - inputs: The model's inputs by name. You can leave out inputs that the variables do not depend on.
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func values(of variables: [VariableView], for inputs: [Name: Tensor]) throws(GraphError) -> [Tensor] {
    let (exposed, indices) = graph.exposing(variables.map { VariablePlace(loops: $0.loops[...], index: $0.index) })
    return try Interpreter(exposed, tensors: tensors).evaluate(indices, inputs: inputs)
  }
}
