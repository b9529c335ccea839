import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Products of matrices.
  static let matrices: [String: ONNXOperator] = [
    "Gemm": .direct(gemm),
    "MatMul": .direct { node in
      if case .known = try node.value(0), case .known = try node.value(1) { return try node.run(ONNXOperator(product)) }
      return try product(node)
    },
  ]

  /// The operator `Gemm`: α·A·B + β·C. If the value of B is known, B becomes the weights of a brick.
  private static func gemm(_ node: ONNXNode) throws -> [ONNXValue] {
    let (alpha, beta) = (try node.number("alpha") ?? 1, try node.number("beta") ?? 1)
    let isLeftTransposed = try node.integer("transA") ?? 0 != 0
    let isRightTransposed = try node.integer("transB") ?? 0 != 0
    var left = try node.floating(0)
    guard left.rank == 2 else { throw node.malformed("A is \(left.type), not a matrix") }
    if isLeftTransposed { left = try left.transposed([1, 0]) }
    guard case .known(let weights) = try node.value(1) else {
      var right = try node.floating(1)
      guard right.rank == 2 else { throw node.malformed("B is \(right.type), not a matrix") }
      if isRightTransposed { right = try right.transposed([1, 0]) }
      var result = try left.matrixMultiplied(by: right)
      if alpha != 1 { result = try result * alpha }
      guard node.has(2) else { return try node.output(result) }
      let addend = try node.floating(2)
      return try node.output(result + (beta == 1 ? addend : addend * beta))
    }
    var matrix = weights.tensor
    guard matrix.shape.rank == 2, matrix.type == left.type.scalar else {
      throw node.malformed("B is \(VariableType(matrix)), which does not fit \(left.type)")
    }
    if isRightTransposed { matrix = try matrix.transposed([1, 0]) }
    if alpha != 1 { matrix = try matrix.scaled(by: alpha) }
    var biases: ModelAssembly.Value?
    var addend: Variable?
    if node.has(2), case .known(let known) = try node.value(2) {
      var tensor = known.tensor
      if beta != 1 { tensor = try tensor.scaled(by: beta) }
      if tensor.shape.rank == 2, tensor.shape[0] == 1 { tensor = try tensor.reshaped(to: Shape([tensor.shape[1]])) }
      if tensor.shape.rank == 1, tensor.shape[0] == matrix.shape[1], tensor.type == matrix.type {
        biases = known.changed(to: tensor)
      } else {
        addend = try node.variable(2)
        if beta != 1 { addend = try addend.map { try $0 * beta } }
      }
    } else if node.has(2) {
      addend = try node.floating(2)
      if beta != 1 { addend = try addend.map { try $0 * beta } }
    }
    let value = weights.changed(to: matrix, by: isRightTransposed ? "transposed (out, in) → (in, out)" : "")
    let result = try linear(node, left, value, biases)
    return try node.output(addend.map { try result + $0 } ?? result)
  }

  /// Records a product with saved weights as an application of a brick.
  private static func linear(
    _ node: ONNXNode, _ input: Variable, _ weights: ModelAssembly.Value, _ biases: ModelAssembly.Value?
  ) throws -> Variable {
    let assembly = node.importer.assembly
    let brick = node.importer.brick(parameter: weights.source, node: node)
    try assembly.declare(brick, type: Name(node.proto.opType), configuration: node.configuration)
    return try assembly.call(brick, type: Name(node.proto.opType), on: [input], in: node.builder) {
      let matrix = try assembly.tensor("W", of: brick, weights, role: .weight, axes: ["input", "output"])
      let product = try input.matrixMultiplied(by: matrix)
      guard let biases else { return [product] }
      return [try product + assembly.tensor("b", of: brick, biases, role: .bias, axes: ["output"])]
    }[0]
  }

  /// A product by the rules of NumPy's `matmul`.
  private static func product(_ node: ONNXNode) throws -> [ONNXValue] {
    var left = try node.floating(0)
    if node.scope.calculation == nil, case .known(let weights) = try node.value(1), weights.tensor.shape.rank == 2,
      left.rank >= 2
    {
      return try node.output(
        linear(node, left, weights.changed(to: weights.tensor), nil))
    }
    var right = try node.floating(1)
    guard left.rank > 0, right.rank > 0 else { throw node.malformed("a scalar is not a matrix") }
    let (isRow, isColumn) = (left.rank == 1, right.rank == 1)
    if isRow { left = try left.expandingDimensions(at: 0) }
    if isColumn { right = try right.expandingDimensions(at: 1) }
    var result: Variable
    if right.rank == 2 {
      result = try left.matrixMultiplied(by: right)
    } else {
      // In a graph, the second operand of a product is a single matrix. Products with many matrices become sums over a common axis.
      let (expandedLeft, expandedRight) = (
        try left.expandingDimensions(at: left.rank), try right.expandingDimensions(at: right.rank - 2)
      )
      let products = try expandedLeft * expandedRight
      result = try products.reduced(.sum, over: [products.rank - 2])
    }
    let shape = result.shape.map(Dimension.init)
    if isColumn { result = try node.reshape(result, to: Array(shape.dropLast())) }
    if isRow {
      var kept = result.shape.map(Dimension.init)
      kept.remove(at: kept.count - (isColumn ? 1 : 2))
      result = try node.reshape(result, to: kept)
    }
    return try node.output(result)
  }
}

extension Tensor {
  /// Multiplies the elements by a number, and rounds once.
  func scaled(by factor: Double) throws -> Tensor {
    try Tensor(doubles.map { $0 * factor }, shape: shape).converted(to: type)
  }
}
