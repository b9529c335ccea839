import Tensors

/// A model as data: the tree of its bricks, the traced inference graph, and the value of every saved tensor.
///
/// A model is a value type, and runs without the code of its bricks.
public struct Model: Sendable {
  /// The top-level bricks with their descendants.
  public let bricks: [BrickNode]
  /// The computation, in inference mode unless it was traced in another mode.
  public let graph: Graph
  /// The values of all saved tensors: parameters, statistics and others.
  public private(set) var tensors: TensorStore
  /// The descriptions of the tensors' axes and of their types in files.
  public private(set) var descriptions: [TensorPath: TensorDescription]
  /// The origin of each population statistic.
  public private(set) var origins: [TensorPath: StatisticOrigin]
  /// The interpreters for these tensors. They are created once.
  private var evaluations = PreparedEvaluations()

  /// Creates a model with its bricks, graph, tensors, descriptions and origins.
  ///
  /// - Throws: `GraphError` if a tensor of the graph has no value, no description, or a value of another type or shape. Also if
  ///   a statistic has no origin, or if its origin has a wrong number of counts: one, or one for each time step if the statistic's
  ///   first axis is named `time`.
  public init(
    bricks: [BrickNode], graph: Graph, tensors: TensorStore, descriptions: [TensorPath: TensorDescription],
    origins: [TensorPath: StatisticOrigin]
  ) throws(GraphError) {
    self.bricks = bricks
    self.graph = graph
    self.tensors = tensors
    self.descriptions = descriptions
    self.origins = origins
    let saved = graph.savedTensors
    for (path, variable) in saved {
      guard let tensor = tensors[path] else { throw GraphError(.missingValue, "\(path) has no value") }
      try check(tensor, as: path, variable.type)
      guard let description = descriptions[path], description.axes.count == tensor.shape.rank else {
        throw GraphError(.missingValue, "\(path) of shape \(tensor.shape) has no description with a name for each axis")
      }
      guard path.collection == .statistics else { continue }
      guard let origin = origins[path] else { throw GraphError(.missingValue, "\(path) has no origin") }
      try origin.check(
        for: path, shape: tensor.shape, isPerTimeStep: descriptions[path]?.isPerTimeStep ?? false)
    }
    if let problem = graph.timeAxisProblems(isPerTimeStep: { descriptions[$0]?.isPerTimeStep }).first {
      throw GraphError(.malformed, problem.message, brick: problem.brick)
    }
    for path in descriptions.keys { dropInexactType(of: path) }
    guard tensors.count == saved.count else {
      let unknown = Set(tensors.keys).subtracting(saved.map(\.path)).sorted().map(\.description)
      throw GraphError(.malformed, "the graph has no variable for \(unknown.joined(separator: ", "))")
    }
  }

  /// Removes the type in files from a tensor's description if the tensor's values are not exact in this type.
  private mutating func dropInexactType(of path: TensorPath) {
    guard let type = descriptions[path]?.storedType, let tensor = tensors[path] else { return }
    if type == tensor.type || !tensor.isExact(as: type) { descriptions[path]?.storedType = nil }
  }

  private func check(_ tensor: Tensor, as path: TensorPath, _ type: VariableType) throws(GraphError) {
    guard VariableType(tensor) == type else {
      throw GraphError(.shapeMismatch, "\(path) is \(type), not \(VariableType(tensor))")
    }
  }

  // MARK: Tensors

  /// Finds the path of a saved tensor by its spelling, such as `/mlp/linear_0.W`.
  ///
  /// - Throws: `GraphError` with code `.missingValue` if the model has no such tensor.
  public func path(_ text: Name) throws(GraphError) -> TensorPath {
    // Names contain no dot, so the last dot ends the path of the brick.
    let parts = text.splitAtLast(".")
    for collection in TensorPath.Collection.allCases {
      if let parts, let path = try? TensorPath(collection, brick: parts.before, name: parts.after), tensors[path] != nil
      {
        return path
      }
    }
    throw GraphError(.missingValue, "the model has no tensor \(text)")
  }

  /// The value of a saved tensor.
  ///
  /// - Throws: `GraphError` with code `.missingValue` if the model has no such tensor.
  public func tensor(_ path: TensorPath) throws(GraphError) -> Tensor {
    guard let tensor = tensors[path] else { throw GraphError(.missingValue, "the model has no tensor \(path)") }
    return tensor
  }

  /// Sets a parameter, or another saved tensor that is not a statistic. If a parameter changes, the statistics become stale.
  ///
  /// - Throws: `GraphError` if the model has no such tensor, if its tensor has another type or shape, or if the tensor is a statistic.
  public mutating func set(_ path: TensorPath, to tensor: Tensor) throws(GraphError) {
    try check(tensor, as: path, VariableType(try self.tensor(path)))
    guard path.collection != .statistics else {
      throw GraphError(.malformed, "\(path) is a statistic and needs an origin; use setStatistic")
    }
    tensors[path] = tensor
    dropInexactType(of: path)
    evaluations = PreparedEvaluations()
  }

  /// Sets the type of a saved tensor in files, float16 or bfloat16. If the tensor's values are not exact in this type, files
  /// use the type of the graph instead.
  package mutating func setStoredType(_ type: ScalarType?, of path: TensorPath) {
    descriptions[path]?.storedType = type
    dropInexactType(of: path)
  }

  /// Sets a population statistic and its origin.
  ///
  /// - Throws: `GraphError` if the model has no such statistic, the statistic's type or shape differs, or the origin does not
  ///   fit.
  public mutating func setStatistic(_ path: TensorPath, to tensor: Tensor, origin: StatisticOrigin) throws(GraphError) {
    try check(tensor, as: path, VariableType(try self.tensor(path)))
    guard path.collection == .statistics else { throw GraphError(.malformed, "\(path) is not a statistic") }
    try origin.check(
      for: path, shape: tensor.shape, isPerTimeStep: descriptions[path]?.isPerTimeStep ?? false)
    tensors[path] = tensor
    dropInexactType(of: path)
    origins[path] = origin
    evaluations = PreparedEvaluations()
  }

  // MARK: Evaluation

  /// Returns the output of a model with one input and one output.
  ///
  /// - Throws: `GraphError` if the model has several inputs or outputs, or the input does not fit.
  public func callAsFunction(_ input: Tensor) throws(GraphError) -> Tensor {
    guard graph.inputs.count == 1, graph.outputs.count == 1 else {
      throw GraphError(
        .missingValue,
        "the model has \(graph.inputs.count) inputs and \(graph.outputs.count) outputs; feed and read them by name")
    }
    let outputs = try self([graph.inputs[0].name: input])
    guard let output = outputs.values.first else { throw GraphError(.missingValue, "the model has no output") }
    return output
  }

  /// Returns the outputs by name, given the inputs by name.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func callAsFunction(_ inputs: [Name: Tensor]) throws(GraphError) -> [Name: Tensor] {
    try evaluations.inference { () throws(GraphError) in try Interpreter(graph, tensors: tensors) }(inputs)
  }

  /// Returns the outputs by name in training mode. Every normalization uses the statistics of this batch. The model does not change.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application; with code `.tooFewObservations` for a
  ///   batch of fewer than 2 observations per element.
  public func trainingOutputs(for inputs: [Name: Tensor]) throws(GraphError) -> [Name: Tensor] {
    try evaluations.training { () throws(GraphError) in
      try Interpreter(graph.trainingGraph(), tensors: tensors)
    }(inputs)
  }
}

extension Model: Hashable {
  /// Whether two models have the same bricks, graph, values and origins.
  public static func == (left: Model, right: Model) -> Bool {
    left.bricks == right.bricks && left.graph == right.graph && left.tensors == right.tensors
      && left.descriptions == right.descriptions && left.origins == right.origins
  }

  /// Hashes the bricks, the graph, the values and the origins.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bricks)
    hasher.combine(graph)
    hasher.combine(tensors)
    hasher.combine(descriptions)
    hasher.combine(origins)
  }
}
