import Tensors

extension Model {
  /// Returns the model with all floating-point numbers in another type: parameters, statistics, inputs and outputs.
  ///
  /// Values are rounded to the nearest number. Statistics keep their states. Integers stay integers.
  ///
  /// - Throws: `GraphError` with code `.malformed` for a type in which models do not compute.
  public func converted(to scalar: ScalarType) throws(GraphError) -> Model {
    guard scalar == .float32 || scalar == .float64 else {
      throw GraphError(.malformed, "a model computes in float32 or float64, not \(scalar.rawValue)")
    }
    var converted: TensorStore = [:]
    for (path, tensor) in tensors {
      guard tensor.type.isFloatingPoint else {
        converted[path] = tensor
        continue
      }
      do {
        converted[path] = try tensor.converted(to: scalar)
      } catch {
        throw GraphError(.malformed, "\(path): \(error.message)")
      }
    }
    let model = try Model(
      bricks: bricks, graph: graph.converted(to: scalar), tensors: converted, descriptions: descriptions,
      origins: origins)
    return try model.keepingStates(of: self)
  }
}

extension Graph {
  /// The same graph with all floating-point variables in one type, also in the bodies of loops.
  fileprivate func converted(to scalar: ScalarType) -> Graph {
    var graph = self
    for index in variables.indices where variables[index].type.scalar.isFloatingPoint {
      graph.variables[index].type.scalar = scalar
    }
    for (node, scan) in loops {
      var loop = scan
      loop.body = scan.body.converted(to: scalar)
      graph.nodes[node].operation = .scan(loop)
    }
    return graph
  }
}
