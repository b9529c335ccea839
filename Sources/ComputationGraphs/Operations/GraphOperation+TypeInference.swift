import Tensors

extension GraphOperation {
  /// The types of the results.
  ///
  /// - Throws: `GraphError` with code `.shapeMismatch` or `.malformed` if the operands do not fit the operation.
  public func resultTypes(of inputs: [VariableType]) throws(GraphError) -> [VariableType] {
    guard case .scan(let scan) = self else { return [try resultType(of: inputs)] }
    return try scan.resultTypes(of: inputs)
  }

  /// The type of the result of an operation with one result.
  ///
  /// - Throws: `GraphError` with code `.shapeMismatch` or `.malformed` if the operands do not fit the operation.
  public func resultType(of inputs: [VariableType]) throws(GraphError) -> VariableType {
    switch self {
    case .unary, .softmax, .logSoftmax:
      let operand = try floating(inputs, count: 1)[0]
      if self == .softmax || self == .logSoftmax, operand.rank == 0 {
        throw mismatch("needs at least one axis", inputs)
      }
      return operand
    case .binary(let operation):
      let operands = try same(inputs, count: 2)
      guard operands[0].scalar.isFloatingPoint || [.add, .subtract, .multiply].contains(operation) else {
        throw mismatch("needs floating-point operands", inputs)
      }
      return VariableType(operands[0].scalar, try broadcast(operands[0].shape, operands[1].shape))
    case .matrixProduct:
      let operands = try floating(inputs, count: 2)
      guard operands[0].rank >= 2, operands[1].rank == 2, operands[0].shape.last == operands[1].shape.first else {
        throw mismatch("needs (…, k) and (k, n)", inputs)
      }
      return VariableType(operands[0].scalar, operands[0].shape.dropLast() + [operands[1].shape[1]])
    case .reduce(let reduction, let axes, let keepingDimensions):
      let takesMask = [.sum, .mean, .variance].contains(reduction)
      let operand = try takesMask ? maskable(inputs) : counted(inputs, 1)[0]
      guard operand.scalar.isFloatingPoint else { throw mismatch("needs floating-point operands", inputs) }
      try check(axes: axes, of: operand)
      var shape: [Extent] = []
      for (axis, extent) in operand.shape.enumerated() {
        if !axes.contains(axis) {
          shape.append(extent)
        } else if keepingDimensions {
          shape.append(1)
        }
      }
      return VariableType(operand.scalar, shape)
    case .expandDimensions(let axis):
      var operand = try counted(inputs, 1)[0]
      guard (0...operand.rank).contains(axis) else { throw mismatch("cannot insert axis \(axis)", inputs) }
      operand.shape.insert(1, at: axis)
      return operand
    case .takeStep:
      let operands = try counted(inputs, 2)
      guard operands[0].rank >= 1, operands[1] == VariableType(.int64, []) else {
        throw mismatch("needs (time, …) and an int64 scalar", inputs)
      }
      return VariableType(operands[0].scalar, Array(operands[0].shape.dropFirst()))
    case .elementCount(let axes):
      let operand = try maskable(inputs)
      try check(axes: axes, of: operand)
      let others = inputs.dropFirst().flatMap { mask in
        mask.shape.indices.filter { !axes.contains($0) && mask.shape[$0] != 1 }
      }
      guard others.isEmpty else {
        throw mismatch("needs a mask with extent 1 on the axes that are not counted", inputs)
      }
      return VariableType(.int64, [])
    case .layout(let operation): return try operation.resultType(of: inputs)
    case .selection(let operation): return try operation.resultType(of: inputs)
    case .spatial(let operation): return try operation.resultType(of: inputs)
    case .scan:
      throw GraphError(.malformed, "a scan has several results")
    case .unrecognized:
      throw GraphError(.unknownOperation, "this version does not know the operation \"\(name)\"")
    }
  }

  private func counted(_ inputs: [VariableType], _ count: Int) throws(GraphError) -> [VariableType] {
    guard inputs.count == count else {
      throw GraphError(.malformed, "\(name) takes \(count) operand\(count == 1 ? "" : "s"), not \(inputs.count)")
    }
    return inputs
  }

  /// The operand. A mask may follow it.
  private func maskable(_ inputs: [VariableType]) throws(GraphError) -> VariableType {
    guard (1...2).contains(inputs.count) else {
      throw GraphError(.malformed, "\(name) takes 1 operand and optionally a mask, not \(inputs.count)")
    }
    guard inputs.count == 2 else { return inputs[0] }
    let (operand, mask) = (inputs[0], inputs[1])
    guard mask.scalar == operand.scalar, mask.rank == operand.rank,
      zip(mask.shape, operand.shape).allSatisfy({ $0 == 1 || $0 == $1 })
    else {
      throw mismatch(
        "needs a mask of its operand's type and rank; each extent must be 1 or the operand's extent", inputs)
    }
    return operand
  }

  private func same(_ inputs: [VariableType], count: Int) throws(GraphError) -> [VariableType] {
    let inputs = try counted(inputs, count)
    guard inputs.allSatisfy({ $0.scalar == inputs[0].scalar }) else {
      throw mismatch("needs operands of the same type", inputs)
    }
    return inputs
  }

  private func floating(_ inputs: [VariableType], count: Int) throws(GraphError) -> [VariableType] {
    let inputs = try same(inputs, count: count)
    guard inputs[0].scalar.isFloatingPoint else { throw mismatch("needs floating-point operands", inputs) }
    return inputs
  }

  private func check(axes: [Int], of operand: VariableType) throws(GraphError) {
    guard Set(axes).count == axes.count, axes.allSatisfy({ (0..<operand.rank).contains($0) }) else {
      throw mismatch("cannot reduce axes \(axes)", [operand])
    }
  }

  func broadcast(_ left: [Extent], _ right: [Extent]) throws(GraphError) -> [Extent] {
    let rank = max(left.count, right.count)
    let padded = [left, right].map { [Extent](repeating: 1, count: rank - $0.count) + $0 }
    var result: [Extent] = []
    for (first, second) in zip(padded[0], padded[1]) {
      guard first == second || first == 1 || second == 1 else {
        let shown = [left, right].map { $0.map(\.description).joined(separator: "×") }
        throw GraphError(.shapeMismatch, "\(name): shapes \(shown[0]) and \(shown[1]) do not broadcast together")
      }
      result.append(first == 1 ? second : first)
    }
    return result
  }

  private func mismatch(_ problem: String, _ inputs: [VariableType]) -> GraphError {
    GraphError(.shapeMismatch, "\(name) \(problem), got \(inputs.map(\.description).joined(separator: " and "))")
  }
}
