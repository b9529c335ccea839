import CKernels
import ComputationGraphs
import Tensors

/// Turns the nodes of a graph into instructions, one after another.
final class Lowering {
  let table: BufferTable
  private(set) var instructions: [any Instruction] = []
  /// The double-precision mean for each operand and its reduced axes, if it was computed before.
  var preciseMeans: [Reduced: PreciseView] = [:]
  /// The results of the computed chains, by their operands. Several operations may read them.
  var chains: [[ArrayView?]: ArrayView] = [:]
  /// Reads a value with one row for each step of the surrounding loop; nil outside of loops.
  var rowOfSteps: ((Tensor) throws -> ArrayView)?

  /// An array and the axes that a reduction removes.
  struct Reduced: Hashable {
    let operand: ArrayView
    let axes: [Int]
  }

  init(_ table: BufferTable) { self.table = table }

  func emit(_ instruction: any Instruction) { instructions.append(instruction) }

  // MARK: Views

  /// The view of a value's numbers. If the value is a chain of additions and multiplications, instructions compute the chain first.
  func view(_ value: Value) throws -> ArrayView {
    switch value {
    case .view(let view): return view
    case .known(let tensor): return try table.constant(tensor)
    case .affine(let chain): return try result(of: chain)
    case .steps(let tensor):
      guard let rowOfSteps else { throw Unplannable() }
      return try rowOfSteps(tensor)
    case .series: throw Unplannable()
    }
  }

  /// The numbers of a view in row-major order.
  func contiguous(_ view: ArrayView) throws -> ArrayView {
    view.isContiguous ? view : try rearranged(view, order: Array(view.dimensions.indices))
  }

  /// The numbers of a view with the axes in the given order in memory.
  func rearranged(_ view: ArrayView, order: [Int]) throws -> ArrayView {
    if let known = rearrangements[view]?[order] { return known }
    let result = try table.scratch(view.dimensions, order: order)
    emit(Rearrangement(source: view, result: result))
    rearrangements[view, default: [:]][order] = result
    return result
  }

  /// The rearranged views. Several operations may read them.
  private var rearrangements: [ArrayView: [[Int]: ArrayView]] = [:]

  /// The result of an elementwise function. Its axes have the same order in memory as the axes of the first operand that has
  /// the result's extents.
  func elementwise(_ function: Elementwise.Function, _ operands: [ArrayView], _ dimensions: [Int]) throws -> ArrayView {
    let model = operands.first { $0.dimensions == dimensions && $0.isDense(in: $0.order) }
    let result = try table.scratch(dimensions, order: model?.order)
    var read = operands.map { $0.broadcast(to: dimensions) }
    if !Elementwise(function, read, to: result).isReadable {
      read = try operands.map { operand in
        let copied = try rearranged(operand, order: Array(operand.dimensions.indices))
        return copied.broadcast(to: dimensions)
      }
      let plain = try table.scratch(dimensions)
      let instruction = Elementwise(function, read, to: plain)
      guard instruction.isReadable else { throw Unplannable() }
      emit(instruction)
      return plain
    }
    emit(Elementwise(function, read, to: result))
    return result
  }

  // MARK: Operations

  /// The value of an operation's result with the given extents.
  ///
  /// - Throws: `Unplannable` if only the interpreter can compute the result; `GraphError` or `TensorError` if known values cannot
  ///   be combined.
  func value(of operation: GraphOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Value {
    let known = operands.compactMap { if case .known(let tensor) = $0 { tensor } else { nil } }
    if known.count == operands.count { return .known(try operation.evaluate(known)) }
    switch operation {
    case .elementCount(let axes) where operands.count == 1:
      let extents = try view(operands[0]).dimensions
      return .known(try Tensor([Int64(axes.reduce(1) { $0 * extents[$1] })], shape: []))
    case .unary(let function):
      guard let kernel = function.kernel else { return try evaluated(operation, operands, dimensions) }
      return .view(try elementwise(.unary(kernel), [view(operands[0])], dimensions))
    case .binary(let function):
      if let chain = try chain(function, operands, dimensions) ?? sum(function, operands, dimensions)
        ?? normalization(function, operands, dimensions)
      {
        return .affine(chain)
      }
      guard let kernel = function.kernel else { return try evaluated(operation, operands, dimensions) }
      return .view(try elementwise(.binary(kernel), operands.map(view), dimensions))
    case .matrixProduct: return .view(try product(operands[0], operands[1], dimensions))
    case .reduce(let reduction, let axes, _) where operands.count == 1 && reduction != .variance:
      let operand = try view(operands[0])
      let count = axes.reduce(1) { $0 * operand.dimensions[$1] }
      guard count > 0 || reduction == .sum else { throw Unplannable() }
      let result = try table.scratch(dimensions)
      emit(Reduction(reduction: reduction, axes: axes, operand: operand, result: result))
      return .view(result)
    case .expandDimensions(let axis): return .view(try view(operands[0]).inserting(axis: axis))
    case .takeStep(let policy):
      guard case .known(let step) = operands[1] else { throw Unplannable() }
      let rows = try view(operands[0])
      return .view(rows.row(try policy.row(for: step, of: rows.dimensions[0])))
    case .layout(let layout): return try value(of: layout, operands, dimensions)
    case .selection(let selection): return .view(try value(of: selection, operands, dimensions))
    case .spatial(.convolution(let convolution)):
      guard case .known(let filters) = operands[1] else { return try evaluated(operation, operands, dimensions) }
      return .view(try convolved(view(operands[0]), filters, convolution, dimensions))
    case .spatial(.pooling(let pooling)):
      let images = try channelsLast(view(operands[0]))
      let result = try table.scratch(dimensions, order: channelsLastOrder)
      emit(ImagePooling(pooling: pooling, images: images, result: result))
      return .view(result)
    case .softmax, .logSoftmax, .reduce, .spatial: return try evaluated(operation, operands, dimensions)
    case .elementCount, .scan, .unrecognized: throw Unplannable()
    }
  }

  private func value(of operation: SelectionOperation, _ operands: [Value], _ dimensions: [Int]) throws -> ArrayView {
    switch operation {
    case .select: return try elementwise(.select, operands.map(view), dimensions)
    case .clip(let minimum, let maximum):
      let limits = Elementwise.Function.clip(minimum: Float(minimum), maximum: Float(maximum))
      return try elementwise(limits, [view(operands[0])], dimensions)
    case .compare(let comparison): return try elementwise(.binary(comparison.kernel), operands.map(view), dimensions)
    }
  }

  private func product(_ left: Value, _ right: Value, _ dimensions: [Int]) throws -> ArrayView {
    var numbers = try view(left)
    if numbers.rows == nil { numbers = try contiguous(numbers) }
    let result = try table.scratch(dimensions)
    guard let columnCount = dimensions.last, let inner = numbers.dimensions.last, columnCount > 0, inner > 0,
      result.elementCount > 0
    else { throw Unplannable() }
    guard case .known(let matrix) = right else {
      emit(UnpackedProduct(left: numbers, right: try contiguous(view(right)), result: result))
      return result
    }
    emit(Product(left: numbers, right: try packed(matrix), columnCount: columnCount, result: result))
    return result
  }

  private func packed(_ matrix: Tensor) throws -> ArrayView {
    guard case .float32(let numbers) = matrix.storage else { throw Unplannable() }
    let (inner, columns) = (matrix.shape[0], matrix.shape[1])
    return table.constant([ck_packed_count(inner, columns)]) { ck_pack(numbers, inner, columns, $0) }
  }

  /// The result of an operation that has no kernel.
  func evaluated(_ operation: GraphOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Value {
    let result = try table.scratch(dimensions)
    let read = try operands.map { operand in
      if case .known(let tensor) = operand { return TensorOperation.Operand.known(tensor) }
      return .view(try contiguous(view(operand)))
    }
    emit(TensorOperation(operation: operation, operands: read, result: result))
    return .view(result)
  }
}

extension BinaryOperation {
  /// The kernel; nil if the operation has no kernel.
  fileprivate var kernel: ck_binary_operation? {
    switch self {
    case .add: ck_add
    case .subtract: ck_subtract
    case .multiply: ck_multiply_elements
    case .divide: ck_divide
    case .maximum: ck_maximum
    case .minimum: ck_minimum
    case .power: nil
    }
  }
}

extension Comparison {
  fileprivate var kernel: ck_binary_operation {
    switch self {
    case .less: ck_less
    case .lessOrEqual: ck_less_or_equal
    case .greater: ck_greater
    case .greaterOrEqual: ck_greater_or_equal
    case .equal: ck_equal
    case .notEqual: ck_not_equal
    }
  }
}
