import Tensors

/// A matrix product or convolution with saved weights, and the saved biases that are added to its result, if there are any.
struct LinearMap {
  /// The node that multiplies.
  let node: Int
  /// The parameters of the convolution; nil for a matrix product.
  let convolution: Convolution?
  /// The variable that is mapped.
  let input: Int
  /// The leaf variable that holds the weights.
  let weights: Int
  /// The leaf variable that holds the biases; nil if there are no biases.
  let biases: Int?
  /// The result, after the biases were added.
  let output: Int
  /// The product before the biases, or `output` if there are no biases.
  let product: Int
  /// Whether the product is a sequence (batch, filter, width), which was made from the convolution of an image of one row.
  let isSequence: Bool

  /// The map with the given result; nil if the variable is not the result of a linear map.
  init?(yielding output: Int, in graph: Graph, _ uses: GraphUses) {
    guard let producer = uses.producers[output] else { return nil }
    if case .binary(.add) = graph.nodes[producer].operation {
      let operands = graph.nodes[producer].inputs
      for (product, addend) in [(operands[0], operands[1]), (operands[1], operands[0])] {
        guard let biases = LinearMap.leaf(of: addend, in: graph, uses), let node = uses.producers[product] else {
          continue
        }
        self.init(node: node, biases: biases, output: output, in: graph)
        // Values along another axis, or a single value for all outputs, are not biases of this map.
        guard LinearMap.biasShapes(of: self, in: graph).contains(graph.variables[addend].type.shape) else { return nil }
        return
      }
      return nil
    }
    self.init(node: producer, biases: nil, output: output, in: graph)
  }

  /// The map that begins at a node, with biases that are added only to its result; nil if the node does not begin a linear map.
  init?(beginningAt node: Int, in graph: Graph, _ uses: GraphUses) {
    let product = graph.nodes[node].outputs[0]
    if !uses.observed.contains(product), let consumers = uses.consumers[product], consumers.count == 1,
      let sum = graph.nodes[consumers[0]].outputs.first, let map = LinearMap(yielding: sum, in: graph, uses),
      map.node == node, !map.isSequence
    {
      self = map
      return
    }
    self.init(node: node, biases: nil, output: product, in: graph)
  }

  private init?(node last: Int, biases: Int?, output: Int, in graph: Graph) {
    let row = LinearMap.row(before: last, in: graph)
    let node = row ?? last
    let multiplication = graph.nodes[node]
    switch multiplication.operation {
    case .matrixProduct: convolution = nil
    case .spatial(.convolution(let convolution)): self.convolution = convolution
    default: return nil
    }
    guard case .tensor = graph.variables[multiplication.inputs[1]].source else { return nil }
    self.node = node
    input = multiplication.inputs[0]
    weights = multiplication.inputs[1]
    self.biases = biases
    self.output = output
    product = graph.nodes[last].outputs[0]
    isSequence = row != nil
    guard !isSequence || convolution != nil else { return nil }
  }

  /// The node that computes an image of one row, if the given node makes a sequence of this image by removing the axis of rows.
  private static func row(before node: Int, in graph: Graph) -> Int? {
    guard case .layout(.reshape) = graph.nodes[node].operation else { return nil }
    let image = graph.nodes[node].inputs[0]
    let shape = graph.variables[image].type.shape
    guard shape.count == 4, shape[2] == 1,
      graph.variables[graph.nodes[node].outputs[0]].type.shape == [shape[0], shape[1], shape[3]]
    else { return nil }
    return graph.producers[image]
  }

  /// The parameter that a variable reads, possibly with inserted axes of extent 1.
  private static func leaf(of variable: Int, in graph: Graph, _ uses: GraphUses) -> Int? {
    var current = variable
    func longExtents(_ variable: Int) -> [Extent] { graph.variables[variable].type.shape.filter { $0 != 1 } }
    while let node = uses.producers[current].map({ graph.nodes[$0] }) {
      switch node.operation {
      case .expandDimensions: break
      case .layout(.reshape) where longExtents(node.inputs[0]) == longExtents(current): break
      default: return nil
      }
      current = node.inputs[0]
    }
    guard case .tensor(let path) = graph.variables[current].source, path.collection == .parameters else { return nil }
    return current
  }

  /// The shapes that biases may have: one value for each output, or, for images, one for each output and pixel.
  private static func biasShapes(of map: LinearMap, in graph: Graph) -> [[Extent]] {
    let result = graph.variables[map.product].type.shape
    guard map.convolution != nil else { return [Array(result.suffix(1))] }
    guard !map.isSequence else { return [[result[1], 1]] }
    return [[result[1], 1, 1], Array(result.suffix(3))]
  }

  /// The number of axes after the axis of outputs in the result: two for the rows and columns of an image, one for the steps of a
  /// sequence.
  var trailingAxes: Int { convolution == nil ? 0 : isSequence ? 1 : 2 }
}

/// The weights and biases of a linear map in double precision, and the folding of an affine map into them.
struct LinearMapValues {
  /// The weights (input, output) or (filter, channel / groups, height, width).
  var weights: Tensor
  /// The biases (output), (filter) or (filter, height, width). They broadcast to one result.
  var biases: Tensor?
  let convolution: Convolution?
  /// The number of axes after the axis of outputs in the result.
  let trailingAxes: Int

  /// The weights and biases of the map with the result scale ⊙ result + shift: W·s along the outputs, and b·s + t.
  func scalingOutputs(by map: AffineMap) throws -> LinearMapValues {
    var folded = self
    let scale = try perUnit(map.scale, "scale")
    let outputCount = weights.shape[convolution == nil ? 1 : 0]
    let outputs = Shape(convolution == nil ? [scale.count] : [scale.count, 1, 1, 1])
    folded.weights = try weights.combined(with: Tensor(scale, shape: outputs), by: .multiply)
    if let biases, biases.shape.rank == 3 {
      let factor = try Tensor(scale, shape: Shape([scale.count, 1, 1]))
      let shift = try map.shift.reshaped(to: Shape(map.shift.shape.dimensions.suffix(3)))
      folded.biases = try biases.combined(with: factor, by: .multiply).combined(with: shift, by: .add)
    } else {
      let shift = try Tensor(perUnit(map.shift, "shift"), shape: Shape([map.shift.shape.elementCount]))
        .broadcast(to: Shape([outputCount]))
      let factor = try Tensor(scale, shape: Shape([scale.count]))
      folded.biases = try biases?.combined(with: factor, by: .multiply).combined(with: shift, by: .add) ?? shift
    }
    return folded
  }

  /// The weights and biases with which the map does for x what it does now for scale ⊙ x + shift: s·W along the inputs, and b + t·W.
  ///
  /// - Throws: `FoldingRefusal` if the convolution pads its input with zeros, because the affine map must not change these zeros.
  func scalingInputs(by map: AffineMap) throws -> LinearMapValues {
    var folded = self
    let inputCount = weights.shape[convolution == nil ? 0 : 1] * (convolution?.groups ?? 1)
    func perInput(_ tensor: Tensor, _ what: String) throws -> Tensor {
      let values = try perUnit(tensor, what)
      return try Tensor(values, shape: Shape([values.count])).broadcast(to: Shape([inputCount]))
    }
    let (scale, shift) = (try perInput(map.scale, "scale"), try perInput(map.shift, "shift"))
    let offset: Tensor
    if let convolution {
      guard convolution.padding == 0 else {
        throw FoldingRefusal(
          "it is before a convolution with zero padding \(convolution.padding), and folding would change the zeros"
        )
      }
      // A filter reads only the channels of its group.
      let (filterCount, width) = (weights.shape[0], weights.shape[1])
      let channels = (0..<filterCount).flatMap { filter in
        let group = filter / (filterCount / convolution.groups)
        return group * width..<(group + 1) * width
      }
      func spread(_ tensor: Tensor) throws -> Tensor {
        let values = tensor.doubles
        return try Tensor(channels.map { values[$0] }, shape: Shape([filterCount, width, 1, 1]))
      }
      folded.weights = try weights.combined(with: spread(scale), by: .multiply)
      offset = try weights.combined(with: spread(shift), by: .multiply).sum(over: [1, 2, 3])
    } else {
      folded.weights = try weights.combined(with: scale.reshaped(to: Shape([inputCount, 1])), by: .multiply)
      offset = try shift.reshaped(to: Shape([1, inputCount])).matrixProduct(with: weights)
        .reshaped(to: Shape([weights.shape[1]]))
    }
    if let biases, biases.shape.rank == 3 {
      folded.biases = try biases.combined(with: offset.reshaped(to: Shape([offset.shape[0], 1, 1])), by: .add)
    } else {
      folded.biases = try biases?.combined(with: offset, by: .add) ?? offset
    }
    return folded
  }

  /// The elements of a tensor that broadcasts to (batch, channel, height, width), (batch, channel, width) or (batch, …, feature), and whose values
  /// depend only on the channel or feature.
  private func perUnit(_ tensor: Tensor, _ what: String) throws -> [Double] {
    let extents = tensor.shape.dimensions
    let axis = extents.count - 1 - trailingAxes
    for (index, extent) in extents.enumerated() where index != axis && extent != 1 {
      throw FoldingRefusal(
        "its \(what) of shape \(tensor.shape) depends on the position, but the weights are the same at all positions")
    }
    return tensor.doubles
  }
}
