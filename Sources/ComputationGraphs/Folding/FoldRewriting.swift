import Tensors

/// The path and the type of saved biases.
struct SavedBiases {
  let path: TensorPath
  let type: VariableType
}

/// Builds a graph in which linear maps with new values replace the call of a normalization.
struct FoldRewriting {
  private let graph: Graph
  private let call: Int
  private let builder: GraphBuilder
  private var substitutions: [Int: Int] = [:]

  init(_ graph: Graph, call: Int) {
    self.graph = graph
    self.call = call
    builder = GraphBuilder(continuing: graph)
  }

  mutating func substitute(_ variable: Int, by other: Int) { substitutions[variable] = other }

  /// The variable that replaces the result of a map.
  func result(of linear: LinearMap) -> Int { substitutions[linear.output] ?? linear.output }

  /// Lets a linear map read another variable, and adds biases if the map has no biases.
  mutating func replace(_ linear: LinearMap, readingInput input: Int, biases: SavedBiases) throws(GraphError) {
    guard linear.biases == nil else {
      // The biases have new values but keep their nodes. The substitutions let these nodes read the other variable.
      return
    }
    let node = graph.nodes[linear.node]
    var product = try builder.record(node.operation, builder.variable(input), builder.variable(linear.weights))
    if linear.isSequence, let reshape = graph.producers[linear.product] {
      product = try builder.record(graph.nodes[reshape].operation, product)
    }
    var addend = try builder.tensor(biases.path, type: biases.type, roles: [.bias])
    for axis in 0..<linear.trailingAxes { addend = try addend.expandingDimensions(at: axis + 1) }
    let sum = try product + addend
    // The new nodes belong to the same application as the old nodes.
    let old = graph.variables[linear.output]
    for index in graph.variables.count..<builder.arena.variables.count
    where builder.arena.variables[index].source == nil {
      guard builder.arena.variables[index].brick == nil else { continue }
      builder.arena.variables[index].brick = old.brick
      builder.arena.variables[index].call = old.call
    }
    builder.arena.variables[sum.index].name = old.name
    builder.arena.variables[sum.index].roles = old.roles
    substitutions[linear.output] = sum.index
  }

  /// The graph without the call, and without tensors of its brick that are no longer used.
  func finish() throws(GraphError) -> Graph {
    var arena = builder.arena
    let brick = arena.calls.remove(at: call).brick
    for index in arena.variables.indices {
      guard let owner = arena.variables[index].call, owner >= call else { continue }
      arena.variables[index].call = owner == call ? nil : owner - 1
    }
    return try arena.canonical(substituting: substitutions) { $0.brick == brick }
  }
}
