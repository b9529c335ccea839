import Tensors

/// Folds batch normalizations in inference mode into neighbouring linear maps, if the result is exact.
///
/// A normalization computes y = s ⊙ x + t, with s = γ / σ and t = β − μ s. After a linear map, folding gives W' = W · s along the
/// outputs and b' = s b + t. Before a linear map, it gives W' = s · W along the inputs and b' = b + t · W. The result is the same
/// function, except for rounding. The arithmetic is in double precision and rounds once.
///
/// Before a linear map, folding costs precision if a mean is much greater than its deviation. The normalization subtracts μ from x
/// before it rounds, but the folded map adds W' · x and b', two numbers of the size |μ| / σ that nearly cancel (see `Offset`). After a
/// linear map, nothing is lost: the result of the map was already rounded at the size of |μ|.
public struct NormalizationFolding {
  /// A normalization that is now part of linear maps.
  public struct Fold: Hashable, Sendable {
    /// The path of the normalization's brick.
    public let brick: Name
    /// The weights into which the normalization was folded.
    public let weights: [TensorPath]
    /// The new biases.
    public let newBiases: [TensorPath]
    /// The channel that loses the most precision.
    ///
    /// It is nil if the normalization was folded into the map before it, or only subtracts the mean.
    public let offset: Offset?
  }

  /// A normalization that could not be folded.
  public struct Refusal: Hashable, Sendable {
    /// The path of the normalization's brick.
    public let brick: Name
    /// The reason, as the end of a sentence that begins with the path.
    public let reason: String
  }

  /// The graph without the folded normalizations.
  public private(set) var graph: Graph
  /// The values of the graph's saved tensors.
  public private(set) var tensors: TensorStore
  /// The descriptions of the tensors' axes.
  public private(set) var descriptions: [TensorPath: TensorDescription]
  /// The folded normalizations, in the order of the graph.
  public private(set) var folds: [Fold] = []
  /// The normalizations that were not folded.
  public private(set) var refusals: [Refusal] = []
  private let states: [TensorPath: StatisticState]
  private let allowsPrior: Bool
  private var useCounts: [TensorPath: Int]

  /// Folds all normalizations that can be folded.
  ///
  /// - Parameter allowsPrior: Whether to fold statistics that were never estimated or are stale. Folded weights no longer show this
  ///   state.
  /// - Throws: `GraphError` if the graph contradicts itself.
  /// - Complexity: O(normalizations · variables + elements of the weights).
  public init(_ model: Model, allowingPrior allowsPrior: Bool = false) throws(GraphError) {
    graph = model.graph
    tensors = model.tensors
    descriptions = model.descriptions
    states = model.statisticStates
    self.allowsPrior = allowsPrior
    useCounts = model.graph.tensorUseCounts
    graph = try folding(graph)
    let remaining = Set(graph.savedTensors.map(\.path))
    tensors = tensors.filter { remaining.contains($0.key) }
    descriptions = descriptions.filter { remaining.contains($0.key) }
  }

  private mutating func folding(_ original: Graph) throws(GraphError) -> Graph {
    var graph = original
    for (node, scan) in graph.loops {
      var folded = scan
      folded.body = try folding(scan.body)
      graph.nodes[node].operation = .scan(folded)
    }
    var index = 0
    while index < graph.calls.count {
      guard let normalization = graph.calls[index].normalization else {
        index += 1
        continue
      }
      let brick = graph.calls[index].brick
      let before = self
      do {
        // The call was removed, so the next call now has its index.
        graph = try folding(normalization, ofCall: index, in: graph)
        continue
      } catch let refusal as FoldingRefusal {
        // If folding into a later map fails, earlier maps have already changed, so restore the original graph.
        self = before
        let kept = Refusal(brick: brick, reason: refusal.reason)
        if !refusals.contains(kept) { refusals.append(kept) }
      } catch let error as GraphError {
        throw error
      } catch {
        throw GraphError(.malformed, "\(error)", brick: brick)
      }
      index += 1
    }
    return graph
  }

  /// The graph with one normalization folded.
  ///
  /// - Throws: `FoldingRefusal` if the folding is not exact.
  private mutating func folding(_ normalization: Normalization, ofCall index: Int, in graph: Graph) throws -> Graph {
    try check(normalization)
    let uses = GraphUses(graph)
    let call = graph.calls[index]
    guard call.outputs.count == 1 else { throw FoldingRefusal("it has \(call.outputs.count) outputs") }
    let (input, output) = (normalization.input, call.outputs[0])
    let map = try AffineMapReader(graph: graph, uses: uses, tensors: tensors, input: input).map(to: output)
    var rewriting = FoldRewriting(graph, call: index)
    let fold: Fold
    if let linear = LinearMap(yielding: input, in: graph, uses) {
      try checkNothingElse(uses: linear, and: map, output: output, in: graph, uses)
      let values = try self.values(of: linear, in: graph).scalingOutputs(by: map)
      let biases = try store(values, of: linear, in: graph)
      try rewriting.replace(linear, readingInput: linear.input, biases: biases)
      rewriting.substitute(output, by: rewriting.result(of: linear))
      fold = Fold(
        brick: call.brick, weights: [try graph.path(ofLeaf: linear.weights)],
        newBiases: linear.biases == nil ? [biases.path] : [], offset: nil)
    } else {
      let followers = try followers(of: output, ofInput: input, in: graph, uses)
      let folded = try followers.map { try values(of: $0, in: graph).scalingInputs(by: map) }
      var weights: [TensorPath] = []
      var newBiases: [TensorPath] = []
      for (linear, values) in zip(followers, folded) {
        let biases = try store(values, of: linear, in: graph)
        try rewriting.replace(linear, readingInput: input, biases: biases)
        weights.append(try graph.path(ofLeaf: linear.weights))
        if linear.biases == nil { newBiases.append(biases.path) }
      }
      rewriting.substitute(output, by: input)
      fold = Fold(
        brick: call.brick, weights: weights, newBiases: newBiases,
        offset: Offset(of: normalization, in: tensors, type: graph.variables[input].type.scalar))
    }
    let result = try rewriting.finish()
    folds.append(fold)
    return result
  }

  // MARK: Whether it is exact

  private func check(_ normalization: Normalization) throws(FoldingRefusal) {
    guard !normalization.isTraining else {
      throw FoldingRefusal("it normalizes by the minibatch's statistics; only the inference graph can be folded")
    }
    guard normalization.step == nil else {
      throw FoldingRefusal(
        "it has statistics for each time step, but the weights are the same for all steps")
    }
    guard !allowsPrior else { return }
    for path in normalization.statistics {
      switch states[path] {
      case .neverEstimated?: throw FoldingRefusal("its statistics were never estimated; estimate them first")
      case .stale?:
        throw FoldingRefusal(
          "its statistics are stale: estimated with other or unknown parameters; estimate them again first")
      default: break
      }
    }
  }

  /// Checks that only the normalization uses the result of the linear map before it, and the variables between both.
  private func checkNothingElse(
    uses linear: LinearMap, and map: AffineMap, output: Int, in graph: Graph, _ uses: GraphUses
  ) throws(FoldingRefusal) {
    try checkOwnership(of: linear, in: graph)
    guard linear.output == linear.product || uses.consumers[linear.product]?.count == 1,
      !uses.observed.contains(linear.product)
    else { throw FoldingRefusal("its input is also used elsewhere, before the biases are added") }
    if linear.isSequence, !uses.areSingle(graph.nodes[linear.node].outputs) {
      throw FoldingRefusal("the result of the convolution before it is also used elsewhere")
    }
    for variable in map.passed {
      let others = (uses.consumers[variable] ?? []).filter { node in
        graph.nodes[node].outputs.allSatisfy { $0 != output && !map.passed.contains($0) }
      }
      guard others.isEmpty, !uses.observed.contains(variable) else {
        throw FoldingRefusal("its input is also used elsewhere")
      }
    }
  }

  /// The linear maps that use the output of a normalization, if they are its only users.
  private func followers(
    of output: Int, ofInput input: Int, in graph: Graph, _ uses: GraphUses
  ) throws(FoldingRefusal) -> [LinearMap] {
    let consumers = uses.consumers[output] ?? []
    var maps: [LinearMap] = []
    for node in consumers {
      guard let map = LinearMap(beginningAt: node, in: graph, uses), map.input == output else { continue }
      maps.append(map)
    }
    guard !maps.isEmpty, maps.count == consumers.count, !uses.observed.contains(output) else {
      throw FoldingRefusal(
        uses.partialMap(before: input, in: graph)
          ?? "no linear map or convolution with saved weights is just before it, or is the only consumer of its output")
    }
    for map in maps { try checkOwnership(of: map, in: graph) }
    return maps
  }

  /// Checks that weights and biases have no other use.
  private func checkOwnership(of linear: LinearMap, in graph: Graph) throws(FoldingRefusal) {
    for leaf in [linear.weights, linear.biases].compactMap({ $0 }) {
      guard case .tensor(let path) = graph.variables[leaf].source else { continue }
      guard path.collection == .parameters, useCounts[path] == 1 else {
        throw FoldingRefusal("its neighbour \(path) is used more than once")
      }
    }
  }

  // MARK: Values

  private func values(of linear: LinearMap, in graph: Graph) throws -> LinearMapValues {
    func value(_ leaf: Int) throws -> Tensor {
      let path = try graph.path(ofLeaf: leaf)
      guard let tensor = tensors[path] else { throw GraphError(.missingValue, "\(path) has no value") }
      return try tensor.converted(to: .float64)
    }
    return LinearMapValues(
      weights: try value(linear.weights), biases: try linear.biases.map(value), convolution: linear.convolution,
      trailingAxes: linear.trailingAxes)
  }

  /// Stores folded values, and returns the path and the type of the biases.
  private mutating func store(_ values: LinearMapValues, of linear: LinearMap, in graph: Graph) throws -> SavedBiases {
    let weights = try graph.path(ofLeaf: linear.weights)
    let type = graph.variables[linear.weights].type.scalar
    guard let biases = values.biases else { throw GraphError(.malformed, "\(weights): there are no folded biases") }
    let biasesPath = try linear.biases.map { try graph.path(ofLeaf: $0) } ?? newBiases(besides: weights)
    let shape =
      try linear.biases.map { try Shape(checking: graph.variables[$0].type.fixedShape?.dimensions ?? []) }
      ?? biases.shape
    for (path, tensor) in [(weights, values.weights), (biasesPath, try biases.reshaped(to: shape))] {
      let rounded = try tensor.converted(to: type)
      guard rounded.doubles.allSatisfy(\.isFinite) else {
        throw FoldingRefusal("folding makes \(path) infinite or NaN")
      }
      tensors[path] = rounded
    }
    if linear.biases == nil {
      descriptions[biasesPath] = TensorDescription(axes: [linear.convolution == nil ? "output" : "filter"])
      useCounts[biasesPath] = 1
    }
    return SavedBiases(path: biasesPath, type: VariableType(type, shape.dimensions.map(Extent.fixed)))
  }

  /// A path for biases of the brick that has the given weights: `b`, or another name if `b` is taken.
  private func newBiases(besides weights: TensorPath) throws(GraphError) -> TensorPath {
    for number in 0... {
      let path = try TensorPath(.parameters, brick: weights.brick, name: number == 0 ? "b" : "b_\(number)")
      if tensors[path] == nil { return path }
    }
    return weights
  }
}
