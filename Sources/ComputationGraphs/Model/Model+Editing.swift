import Tensors

extension Model {
  /// The model with another name for a brick or a saved tensor: `/mlp/linear_0` → `/mlp/first`, `/mlp/linear_0.W` → `/mlp/linear_0.V`.
  ///
  /// Statistics keep their states. Ancestors lose their configuration, because their own code would use the old name.
  ///
  /// - Throws: `GraphError` if there is no such brick or tensor, or if the new name is invalid, is taken, or is in another place.
  public func renaming(_ old: Name, to new: Name) throws(GraphError) -> Model {
    let isTensor = old.utf8.contains(UInt8(ascii: "."))
    let (place, name) = try Model.split(new, isTensor: isTensor)
    guard try Model.split(old, isTensor: isTensor).place == place else {
      throw GraphError(.invalidName, "\(new) has another parent than \(old); only the last name of a path can change")
    }
    let renamedTensor = isTensor ? try path(old) : nil
    guard isTensor || bricks.contains(where: { $0.contains(path: old) }) else {
      throw GraphError(.missingValue, "the model has no brick \(old)")
    }
    guard tensors.keys.allSatisfy({ $0.spelling != new }), !bricks.contains(where: { $0.contains(path: new) }) else {
      throw GraphError(.duplicate, "the model has \(new) already")
    }
    func brick(_ path: Name) -> Name { isTensor ? path : BrickPath.path(path, movedFrom: old, to: new) }
    func tensor(_ path: TensorPath) throws(GraphError) -> TensorPath {
      try TensorPath(
        path.collection, brick: brick(path.brick), name: path == renamedTensor ? name : path.name)
    }
    func renamed<Value>(_ values: [TensorPath: Value]) throws(GraphError) -> [TensorPath: Value] {
      var result: [TensorPath: Value] = [:]
      for (path, value) in values { result[try tensor(path)] = value }
      return result
    }
    let renamedBricks = bricks.map { (node) in
      renamedTensor.map { node.unconfiguring($0.brick) } ?? node.renaming(old, to: name)
    }
    try BrickNode.validate(renamedBricks)
    let model = try Model(
      bricks: renamedBricks, graph: graph.renamed(brick: brick, tensor: tensor), tensors: renamed(tensors),
      descriptions: renamed(descriptions), origins: renamed(origins))
    return try model.keepingStates(of: self)
  }

  private static func split(_ path: Name, isTensor: Bool) throws(GraphError) -> (place: Name, name: Name) {
    guard let (place, name) = path.splitAtLast(isTensor ? "." : "/") else {
      throw GraphError(
        .invalidName, "\"\(path)\" is not \(isTensor ? "a tensor, such as /mlp/linear_0.W" : "a brick, such as /mlp")")
    }
    try BrickPath.check(component: name)
    return (place, name)
  }

  /// The model without the given saved tensors, and without applications of bricks that are needed only for these tensors. Bricks
  /// without any remaining part are removed. Ancestors of removed bricks and tensors lose their configuration.
  ///
  /// - Throws: `GraphError` that names the tensors that an output needs.
  public func dropping(_ paths: [TensorPath]) throws(GraphError) -> Model {
    let dropped = Set(paths)
    let pruned = try graph.pruned(dropping: dropped)
    let remaining = Set(pruned.savedTensors.map(\.path))
    let needed = dropped.intersection(remaining).sorted()
    guard needed.isEmpty else {
      throw GraphError(
        .malformed,
        "an output needs \(needed.map(\.description).joined(separator: ", ")); only tensors that no output needs can be dropped"
      )
    }
    let gone = graph.inhabitedBricks.subtracting(pruned.inhabitedBricks)
    let model = try Model(
      bricks: bricks.compactMap { node in
        dropped.reduce(node) { $0.unconfiguring($1.brick) }.edited { gone.contains($0) ? nil : $1 }
      }, graph: pruned, tensors: tensors.filter { remaining.contains($0.key) },
      descriptions: descriptions.filter { remaining.contains($0.key) },
      origins: origins.filter { remaining.contains($0.key) })
    return try model.keepingStates(of: self)
  }

  /// The model with the population statistics of another model and their origins. If the parameters differ, the statistics are
  /// stale.
  ///
  /// - Parameter isSelected: Whether to copy the statistic with the given path.
  /// - Throws: `GraphError` that lists each selected statistic that is missing in the other model or has another type, shape or ε
  ///   there.
  public func copyingStatistics(
    from other: Model, where isSelected: (TensorPath) -> Bool = { _ in true }
  ) throws(GraphError) -> (model: Model, copied: [TensorPath]) {
    var model = self
    var copied: [TensorPath] = []
    var problems: [String] = []
    for path in origins.keys.sorted() where isSelected(path) {
      guard let tensor = other.tensors[path], let origin = other.origins[path], let own = tensors[path] else {
        problems.append("\(path) is missing")
        continue
      }
      guard VariableType(tensor) == VariableType(own) else {
        problems.append("\(path) is \(VariableType(tensor)), not \(VariableType(own))")
        continue
      }
      guard origin.epsilon == origins[path]?.epsilon else {
        problems.append("\(path) has epsilon \(origin.epsilon), not \(origins[path]?.epsilon ?? 0)")
        continue
      }
      try model.setStatistic(path, to: tensor, origin: origin)
      copied.append(path)
    }
    guard problems.isEmpty else {
      throw GraphError(.shapeMismatch, problems.map { "\n  \($0)" }.joined())
    }
    return (model, copied)
  }
}

extension Graph {
  /// The paths of bricks that are applied or have saved tensors, and of their ancestors.
  fileprivate var inhabitedBricks: Set<Name> {
    var paths: Set<Name> = []
    for path in Set(allCalls.map(\.brick) + savedTensors.map(\.path.brick)) {
      var path = path
      while !path.isEmpty, paths.insert(path).inserted { path = path.splitAtLast("/")?.before ?? "" }
    }
    return paths
  }

  /// The graph with only the parts that outputs and auxiliary variables need. The given saved tensors are removed if they are not
  /// needed.
  fileprivate func pruned(dropping dropped: Set<TensorPath>) throws(GraphError) -> Graph {
    let uses = GraphUses(self)
    var needed: Set<Int> = []
    var pending = Array(uses.observed)
    while let variable = pending.popLast() {
      guard needed.insert(variable).inserted, let node = uses.producers[variable] else { continue }
      pending += nodes[node].inputs
    }
    var graph = self
    var numbers: [Int: Int] = [:]
    graph.calls = []
    for (index, call) in calls.enumerated() {
      // An application that returns its own input has no outputs of its own.
      guard call.outputs.allSatisfy(needed.contains) else { continue }
      numbers[index] = graph.calls.count
      graph.calls.append(call)
    }
    for index in variables.indices { graph.variables[index].call = variables[index].call.flatMap { numbers[$0] } }
    for (node, scan) in loops {
      var loop = scan
      loop.body = try scan.body.pruned(dropping: dropped)
      graph.nodes[node].operation = .scan(loop)
    }
    return try graph.canonical(substituting: [:]) { dropped.contains($0) }
  }
}
