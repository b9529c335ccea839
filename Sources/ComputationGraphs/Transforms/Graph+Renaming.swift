extension Graph {
  /// The same graph with other paths of bricks and saved tensors, also in the bodies of loops.
  ///
  /// - Parameters:
  ///   - brick: The new path of each brick.
  ///   - tensor: The new path of each saved tensor.
  func renamed(
    brick: (Name) -> Name, tensor: (TensorPath) throws(GraphError) -> TensorPath
  ) throws(GraphError) -> Graph {
    var graph = self
    for index in variables.indices {
      graph.variables[index].brick = variables[index].brick.map(brick)
      guard case .tensor(let path) = variables[index].source else { continue }
      let renamed = try tensor(path)
      graph.variables[index].source = .tensor(renamed)
      if variables[index].name == path.name { graph.variables[index].name = renamed.name }
    }
    for index in calls.indices {
      graph.calls[index].brick = brick(calls[index].brick)
      guard let normalization = calls[index].normalization else { continue }
      graph.calls[index].normalization?.populationMean = try tensor(normalization.populationMean)
      if let path = normalization.populationStandardDeviation {
        graph.calls[index].normalization?.populationStandardDeviation = try tensor(path)
      }
    }
    for (node, scan) in loops {
      var loop = scan
      loop.body = try scan.body.renamed(brick: brick, tensor: tensor)
      graph.nodes[node].operation = .scan(loop)
    }
    return graph
  }
}
