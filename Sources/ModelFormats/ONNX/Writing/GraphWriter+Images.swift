import ComputationGraphs
import Names
import Tensors

extension GraphWriter {
  /// Adds the nodes for an operation on images.
  func spatial(_ operation: SpatialOperation, _ node: Graph.Node, _ inputs: [String]) throws -> String {
    switch operation {
    case .convolution(let convolution): return try convolve(convolution, node, biases: nil)
    case .pooling(let pooling): return try pool(pooling, node, inputs[0])
    case .affineGlimpse(let extents): return try glimpse(extents, node, inputs)
    }
  }

  /// Adds a convolution. ONNX does not flip filters, so the filters are written flipped.
  func convolve(_ convolution: Convolution, _ node: Graph.Node, biases: String?) throws -> String {
    let weights: String
    if case .tensor(let path) = graph.variables[node.inputs[1]].source {
      weights = try export.initializer(
        key: "flipped \(path.datasetPath)",
        hint: ONNXExport.name(path.brick, path.name == "W" ? "weight" : path.name.text), of: path,
        export.model.tensor(path).reversed(axis: 2).reversed(axis: 3))
    } else {
      let bounds = [[-1, -1], [-Int(Int32.max), -Int(Int32.max)], [2, 3], [-1, -1]]
      weights = emit("Slice", [try value(node.inputs[1])] + (try bounds.map { try export.integers($0) }))
    }
    let (padding, stride, dilation) = (convolution.padding, convolution.stride, convolution.dilation)
    return emit(
      "Conv", [try value(node.inputs[0]), weights] + [biases].compactMap { $0 },
      [
        .integers("kernel_shape", type(node.inputs[1]).shape.suffix(2).compactMap(\.fixed)),
        .integers("pads", [padding.height, padding.width, padding.height, padding.width]),
        .integers("strides", [stride.height, stride.width]), .integers("dilations", [dilation.height, dilation.width]),
        .integer("group", convolution.groups),
      ])
  }

  private func pool(_ pooling: Pooling, _ node: Graph.Node, _ input: String) throws -> String {
    let image = type(node.inputs[0]).shape.suffix(2).compactMap(\.fixed)
    let counts = type(node.outputs[0]).shape.suffix(2).compactMap(\.fixed)
    guard image.count == 2, counts.count == 2 else {
      throw refusal(node, "of an image with dynamic axes cannot be written as ONNX")
    }
    let window = [pooling.window.height, pooling.window.width]
    let stride = [pooling.stride.height, pooling.stride.width]
    let low = [pooling.padding.height, pooling.padding.width]
    // Partial windows at the end extend into padding that does not count.
    var high = low
    if !pooling.ignoresBorder {
      for axis in 0..<2 { high[axis] = max((counts[axis] - 1) * stride[axis] + window[axis] - image[axis], 0) }
    }
    guard zip(high, window).allSatisfy({ $0 < $1 }) else {
      throw refusal(node, "of an image smaller than the window cannot be written as ONNX")
    }
    var attributes: [Onnx_AttributeProto] = [
      .integers("kernel_shape", window), .integers("strides", stride), .integers("pads", low + high),
    ]
    if pooling.summary == .average {
      let counts = pooling.includesPadding && pooling.ignoresBorder
      attributes.append(.integer("count_include_pad", counts ? 1 : 0))
    }
    return emit(pooling.summary == .maximum ? "MaxPool" : "AveragePool", [input], attributes)
  }

  /// Adds the nodes of the glimpse at θ: the image is sampled at θ · (u, v, 1) for the points of a grid.
  private func glimpse(_ extents: SpatialExtents, _ node: Graph.Node, _ inputs: [String]) throws -> String {
    func places(_ count: Int) -> [Double] {
      count == 1 ? [-1] : (0..<count).map { Double(2 * $0 - (count - 1)) / Double(count - 1) }
    }
    let scalar = type(node.inputs[0]).scalar
    var points: [Double] = []
    for v in places(extents.height) {
      for u in places(extents.width) { points += [u, v, 1] }
    }
    let grid = try export.initializer(
      key: "grid \(extents) \(scalar.rawValue)", hint: "grid",
      Tensor(points, shape: [extents.height * extents.width, 3]).converted(to: scalar))
    let matrices = emit("Reshape", [inputs[1], try export.integers([0, 2, 3])])
    let transposed = emit("Transpose", [matrices], [.integers("perm", [0, 2, 1])])
    let locations = emit(
      "Reshape",
      [emit("MatMul", [grid, transposed]), try export.integers([0, extents.height, extents.width, 2])])
    return emit(
      "GridSample", [inputs[0], locations],
      [.text("mode", "bilinear"), .text("padding_mode", "border"), .integer("align_corners", 1)])
  }
}
