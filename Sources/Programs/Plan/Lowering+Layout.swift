import ComputationGraphs
import Tensors

extension Lowering {
  /// The value of a layout operation's result with the given extents.
  func value(of operation: LayoutOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Value {
    switch operation {
    case .slice(let axis, let start, let count):
      return .view(try view(operands[0]).slice(axis: axis, from: start, count: count))
    case .reverse(let axis): return .view(try view(operands[0]).reversed(axis: axis))
    case .transpose(let permutation): return .view(try view(operands[0]).transposed(permutation))
    case .reshape:
      let operand = try view(operands[0])
      guard operand.elementCount > 0 else { return .view(try table.scratch(dimensions)) }
      if let result = operand.reshaped(to: dimensions) { return .view(result) }
      let copy = try rearranged(operand, order: operand.order(for: dimensions))
      guard let result = copy.reshaped(to: dimensions) else { throw Unplannable() }
      return .view(result)
    case .repeatLike: return .view(try view(operands[0]).inserting(axis: 0).broadcast(to: dimensions))
    case .concatenate(let axis): return .view(try joined(operands.map(view), axis: axis, dimensions))
    case .stack(let axis):
      return .view(try joined(operands.map { try view($0).inserting(axis: axis) }, axis: axis, dimensions))
    case .pad(let padding): return .view(try padded(view(operands[0]), padding, dimensions))
    case .gather: return try evaluated(.layout(operation), operands, dimensions)
    }
  }

  /// The operands joined along an axis. If they have a common order of axes in memory, the result has it too.
  private func joined(_ operands: [ArrayView], axis: Int, _ dimensions: [Int]) throws -> ArrayView {
    let order = operands[0].order
    let result = try table.scratch(dimensions, order: operands.allSatisfy { $0.isDense(in: order) } ? order : nil)
    var start = 0
    for operand in operands {
      let count = operand.dimensions[axis]
      emit(Rearrangement(source: operand, result: result.slice(axis: axis, from: start, count: count)))
      start += count
    }
    return result
  }

  /// An operand that is padded with a number around it and between its elements. The axes have the order of the operand's axes in
  /// memory.
  private func padded(_ operand: ArrayView, _ padding: Padding, _ dimensions: [Int]) throws -> ArrayView {
    let result = try table.scratch(dimensions, order: operand.isDense(in: operand.order) ? operand.order : nil)
    let value = try table.constant(Tensor(repeating: padding.value, shape: [], type: .float32))
    emit(Elementwise(.copy, [value.broadcast(to: dimensions)], to: result))
    guard operand.elementCount > 0 else { return result }
    var inside = result
    inside.dimensions = operand.dimensions
    for axis in dimensions.indices {
      inside.offset += padding.low[axis] * result.strides[axis]
      if operand.dimensions[axis] > 1 { inside.strides[axis] *= padding.interior[axis] + 1 }
    }
    emit(Rearrangement(source: operand, result: inside))
    return result
  }
}
