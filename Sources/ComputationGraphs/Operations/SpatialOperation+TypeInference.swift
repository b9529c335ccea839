import Tensors

extension SpatialOperation {
  /// The type of the result. Only the first axis may be symbolic. The other extents must be known while the graph is built, so that
  /// wrong windows are found early.
  ///
  /// - Throws: `GraphError` with code `.malformed` if the number of operands is wrong, or `.shapeMismatch` if they do not fit.
  func resultType(of inputs: [VariableType]) throws(GraphError) -> VariableType {
    guard inputs.count == operandCount else {
      throw GraphError(
        .malformed, "\(name) takes \(operandCount) operand\(operandCount == 1 ? "" : "s"), not \(inputs.count)")
    }
    let scalar = inputs[0].scalar
    guard inputs.allSatisfy({ $0.scalar == scalar }), scalar.isFloatingPoint else {
      throw mismatch("needs floating-point operands of the same type", inputs)
    }
    if case .affineGlimpse = self, inputs[0].shape.first != inputs[1].shape.first {
      throw mismatch("needs as many locations as images", inputs)
    }
    if case .convolution = self, inputs[1].shape.contains(where: { $0.fixed == nil }) {
      throw mismatch("needs filters of known extents", inputs)
    }
    let known = try inputs.map { (input) throws(GraphError) in try knownDimensions(of: input, among: inputs) }
    let result: [Int]
    do throws(TensorError) {
      switch self {
      case .convolution(let convolution): result = try convolution.resultDimensions(image: known[0], filters: known[1])
      case .pooling(let pooling): result = try pooling.resultDimensions(image: known[0])
      case .affineGlimpse(let extents):
        result = try extents.glimpseDimensions(image: known[0], location: known[1])
      }
      _ = try Shape(checking: result)
    } catch {
      let types = inputs.map(\.description).joined(separator: " and ")
      throw GraphError(.shapeMismatch, "\(name) of \(types): \(error.message)")
    }
    return VariableType(scalar, [inputs[0].shape[0]] + result.dropFirst().map(Extent.fixed))
  }

  /// The extents, with 1 for a symbolic first extent.
  private func knownDimensions(
    of input: VariableType, among inputs: [VariableType]
  ) throws(GraphError) -> [Int] {
    guard input.rank >= 2 else { throw mismatch("needs operands of at least two axes", inputs) }
    let rest = input.shape.dropFirst().compactMap(\.fixed)
    guard rest.count == input.rank - 1 else {
      throw mismatch("needs known extents on every axis but the first", inputs)
    }
    return [input.shape[0].fixed ?? 1] + rest
  }

  private func mismatch(_ problem: String, _ inputs: [VariableType]) -> GraphError {
    GraphError(.shapeMismatch, "\(name) \(problem), got \(inputs.map(\.description).joined(separator: " and "))")
  }
}
