import Tensors

extension GraphOperation {
  /// The result for the given operands.
  ///
  /// - Parameter reductionType: The type to which sums, means and variances are rounded; the operand's type by default.
  package func evaluate(_ operands: [Tensor], reducingTo reductionType: ScalarType? = nil) throws(GraphError) -> Tensor
  {
    do throws(TensorError) {
      switch self {
      case .unary(let operation): return try operands[0].applying(operation)
      case .binary(let operation): return try operands[0].combined(with: operands[1], by: operation)
      case .matrixProduct: return try operands[0].matrixProduct(with: operands[1])
      case .softmax: return try operands[0].softmax()
      case .logSoftmax: return try operands[0].logarithmicSoftmax()
      case .reduce(let reduction, let axes, let keeping):
        let (mask, type) = (operands.dropFirst().first, reductionType)
        switch reduction {
        case .sum: return try operands[0].sum(over: axes, where: mask, keepingDimensions: keeping, as: type)
        case .mean: return try operands[0].mean(over: axes, where: mask, keepingDimensions: keeping, as: type)
        case .variance: return try operands[0].variance(over: axes, where: mask, keepingDimensions: keeping, as: type)
        case .maximum: return try operands[0].maximum(over: axes, keepingDimensions: keeping)
        case .minimum: return try operands[0].minimum(over: axes, keepingDimensions: keeping)
        }
      case .expandDimensions(let axis): return try operands[0].expandingDimensions(at: axis)
      case .elementCount(let axes):
        let count = try operands[0].elementCount(over: axes, where: operands.dropFirst().first)
        return try Tensor([Int64(count)], shape: [])
      case .layout(let operation): return try operation.evaluate(operands)
      case .selection(let operation): return try operation.evaluate(operands)
      case .spatial(let operation): return try operation.evaluate(operands)
      case .takeStep, .scan, .unrecognized: break
      }
    } catch {
      throw GraphError(.evaluation, "\(name): \(error.message)")
    }
    guard case .takeStep(let policy) = self else {
      throw GraphError(.unknownOperation, "this version does not know the operation \"\(name)\"")
    }
    let row = try policy.row(for: operands[1], of: operands[0].shape[0])
    do {
      return try operands[0].taking(row)
    } catch {
      throw GraphError(.evaluation, "\(name): \(error.message)")
    }
  }
}

extension PastEndPolicy {
  /// The row of statistics for a time step.
  ///
  /// - Throws: `GraphError` with code `.timeStep` for a negative step, or for a step after the last if the policy is strict.
  public func row(for step: Tensor, of count: Int) throws(GraphError) -> Int {
    guard case .int64(let elements) = step.storage, let value = elements.first, elements.count == 1 else {
      throw GraphError(.timeStep, "a time step is one integer, not \(VariableType(step))")
    }
    guard value >= 0 else { throw GraphError(.timeStep, "time step \(value) is negative") }
    guard count > 0 else { throw GraphError(.timeStep, "time step \(value) is requested, but there are no time steps") }
    guard value < count else {
      guard self == .clampToLast else {
        throw GraphError(
          .timeStep, "time step \(value) is after the last of \(count) steps, and the policy past_end is strict")
      }
      return count - 1
    }
    return Int(value)
  }
}
