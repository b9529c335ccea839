import Tensors

extension LayoutOperation {
  /// The type of the result.
  ///
  /// - Throws: `GraphError` with code `.shapeMismatch` or `.malformed` if the operands do not fit the operation.
  func resultType(of inputs: [VariableType]) throws(GraphError) -> VariableType {
    try checkCount(of: inputs)
    var result = inputs[0]
    switch self {
    case .slice(let axis, let start, let count):
      try check(axis, of: inputs)
      let end = start.addingReportingOverflow(count)
      guard start >= 0, count >= 0, !end.overflow, end.partialValue <= result.shape[axis].fixed ?? Int.max else {
        throw mismatch("cannot take \(count) elements from element \(start) on along axis \(axis)", inputs)
      }
      result.shape[axis] = .fixed(count)
    case .concatenate(let axis):
      try check(axis, of: inputs)
      result.shape[axis] = try joinedExtent(inputs, axis)
    case .stack(let axis):
      guard (0...result.rank).contains(axis), inputs.allSatisfy({ $0 == result }) else {
        throw mismatch(
          "along axis \(axis) needs operands of the same type and shape, and an axis from 0 to their rank", inputs)
      }
      result.shape.insert(.fixed(inputs.count), at: axis)
    case .reverse(let axis): try check(axis, of: inputs)
    case .reshape(let kept, let shape): result.shape = try reshaped(result, kept, shape)
    case .transpose(let permutation):
      guard permutation.sorted() == Array(result.shape.indices) else {
        throw mismatch("needs a permutation of all axes, not \(permutation)", inputs)
      }
      result.shape = permutation.map { inputs[0].shape[$0] }
    case .repeatLike(let axis):
      guard inputs[1].shape.indices.contains(axis) else { throw mismatch("has no axis \(axis)", [inputs[1]]) }
      result.shape.insert(inputs[1].shape[axis], at: 0)
    case .pad(let padding): result.shape = try padded(result, padding)
    case .gather:
      guard result.rank >= 1, inputs[1].scalar == .int64 else {
        throw mismatch("needs int64 indices, and an operand with at least one axis", inputs)
      }
      result.shape = inputs[1].shape + result.shape.dropFirst()
    }
    return result
  }

  private func checkCount(of inputs: [VariableType]) throws(GraphError) {
    let allowed =
      switch self {
      case .concatenate, .stack: 1...Int.max
      case .repeatLike, .gather: 2...2
      default: 1...1
      }
    guard allowed.contains(inputs.count) else {
      throw GraphError(.malformed, "\(name) does not take \(inputs.count) operands")
    }
  }

  private func check(_ axis: Int, of inputs: [VariableType]) throws(GraphError) {
    guard inputs[0].shape.indices.contains(axis) else { throw mismatch("has no axis \(axis)", inputs) }
  }

  private func joinedExtent(_ inputs: [VariableType], _ axis: Int) throws(GraphError) -> Extent {
    guard inputs.count > 1 else { return inputs[0].shape[axis] }
    var sum = 0
    for input in inputs {
      var aligned = input
      if input.rank == inputs[0].rank { aligned.shape[axis] = inputs[0].shape[axis] }
      let next = input.rank == inputs[0].rank ? input.shape[axis].fixed.map(sum.addingReportingOverflow) : nil
      guard aligned == inputs[0], let next, !next.overflow else {
        throw mismatch("needs operands that differ only along axis \(axis), with known extents along this axis", inputs)
      }
      sum = next.partialValue
    }
    return .fixed(sum)
  }

  private func reshaped(_ input: VariableType, _ kept: Int, _ shape: [Int]) throws(GraphError) -> [Extent] {
    guard (0...input.rank).contains(kept) else { throw mismatch("cannot keep \(kept) axes", [input]) }
    let rest = VariableType(input.scalar, Array(input.shape.dropFirst(kept))).fixedShape
    guard let rest, let target = try? Shape(checking: shape), rest.elementCount == target.elementCount else {
      throw mismatch("cannot replace the extents from axis \(kept) on by \(shape)", [input])
    }
    return input.shape.prefix(kept) + shape.map(Extent.fixed)
  }

  private func padded(_ input: VariableType, _ padding: Padding) throws(GraphError) -> [Extent] {
    guard padding.value.isFinite else { throw mismatch("needs a finite value, not \(padding.value)", [input]) }
    try Graph.check(constant: padding.value, of: input.scalar)
    do throws(TensorError) {
      try padding.check(rank: input.rank)
      var shape: [Extent] = []
      for (axis, extent) in input.shape.enumerated() {
        if padding.keeps(axis: axis) {
          shape.append(extent)
        } else if let count = extent.fixed {
          shape.append(.fixed(try padding.extent(of: count, axis: axis)))
        } else {
          throw TensorError(.invalidShape, "axis \(axis) has the symbolic extent \(extent), and cannot be padded")
        }
      }
      return shape
    } catch {
      throw GraphError(.shapeMismatch, "\(name) of \(input): \(error.message)")
    }
  }

  private func mismatch(_ problem: String, _ inputs: [VariableType]) -> GraphError {
    GraphError(.shapeMismatch, "\(name) \(problem), got \(inputs.map(\.description).joined(separator: " and "))")
  }
}
