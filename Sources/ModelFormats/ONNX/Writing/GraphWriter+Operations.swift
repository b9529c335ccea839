import ComputationGraphs
import Names
import Tensors

extension GraphWriter {
  /// Writes one node.
  func write(_ node: Graph.Node) throws {
    if case .scan(let scan) = node.operation { return try write(scan, of: node) }
    guard let output = node.outputs.first else { return }
    if case .spatial(.convolution(let convolution)) = node.operation {
      // The general code below would also write the unflipped filters, although no node uses them.
      return define(output, as: try convolve(convolution, node, biases: nil))
    }
    let inputs = try node.inputs.map(value)
    define(output, as: try result(node, inputs))
  }

  /// Adds the nodes for an operation with one result, and returns the name of the result.
  private func result(_ node: Graph.Node, _ inputs: [String]) throws -> String {
    switch node.operation {
    case .unary(let operation): return unary(operation, inputs[0])
    case .binary(let operation): return emit(Self.name(operation), inputs)
    case .matrixProduct: return emit("MatMul", inputs)
    case .softmax: return emit("Softmax", inputs, [.integer("axis", -1)])
    case .logSoftmax: return emit("LogSoftmax", inputs, [.integer("axis", -1)])
    case .reduce(let reduction, let axes, let keeps):
      guard inputs.count == 1 else { throw refusal(node, "with a mask cannot be written as ONNX") }
      return try reduce(reduction, inputs[0], axes, keeps)
    case .expandDimensions(let axis): return emit("Unsqueeze", [inputs[0], try export.integers([axis])])
    case .takeStep(let pastEnd):
      guard pastEnd == .clampToLast else { return emit("Gather", inputs, [.integer("axis", 0)]) }
      return try clampedRow(node, inputs)
    case .elementCount(let axes):
      guard inputs.count == 1 else { throw refusal(node, "with a mask cannot be written as ONNX") }
      guard !axes.isEmpty else { return try export.integers([1], isScalar: true) }
      let extents = emit("Gather", [emit("Shape", inputs), try export.integers(axes)], [.integer("axis", 0)])
      return emit("ReduceProd", [extents], [.integers("axes", [0]), .integer("keepdims", 0)])
    case .layout(let operation): return try layout(operation, node, inputs)
    case .selection(let operation): return try selection(operation, node, inputs)
    case .spatial(let operation): return try spatial(operation, node, inputs)
    case .scan: throw refusal(node, "has several results")
    case .unrecognized: throw refusal(node, "is unknown to this version")
    }
  }

  private func unary(_ operation: UnaryOperation, _ input: String) -> String {
    switch operation {
    case .negate: emit("Neg", [input])
    case .squareRoot: emit("Sqrt", [input])
    case .exponential: emit("Exp", [input])
    case .logarithm: emit("Log", [input])
    case .hyperbolicTangent: emit("Tanh", [input])
    case .logistic: emit("Sigmoid", [input])
    case .rectify: emit("Relu", [input])
    case .square: emit("Mul", [input, input])
    case .reciprocal: emit("Reciprocal", [input])
    case .absolute: emit("Abs", [input])
    case .errorFunction: emit("Erf", [input])
    case .floor: emit("Floor", [input])
    }
  }

  private static func name(_ operation: BinaryOperation) -> String {
    switch operation {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .power: "Pow"
    }
  }

  private func reduce(
    _ reduction: GraphOperation.Reduction, _ input: String, _ axes: [Int], _ keeps: Bool
  ) throws -> String {
    guard !axes.isEmpty else { return reduction == .variance ? emit("Sub", [input, input]) : input }
    func reduced(_ name: String, _ input: String, keeping: Bool) -> String {
      emit(name, [input], [.integers("axes", axes), .integer("keepdims", keeping ? 1 : 0)])
    }
    switch reduction {
    case .sum: return emit("ReduceSum", [input, try export.integers(axes)], [.integer("keepdims", keeps ? 1 : 0)])
    case .mean: return reduced("ReduceMean", input, keeping: keeps)
    case .maximum: return reduced("ReduceMax", input, keeping: keeps)
    case .minimum: return reduced("ReduceMin", input, keeping: keeps)
    case .variance:
      let centred = emit("Sub", [input, reduced("ReduceMean", input, keeping: true)])
      return reduced("ReduceMean", emit("Mul", [centred, centred]), keeping: keeps)
    }
  }

  /// Adds the nodes that take the row of a step, or the last row if the step is beyond the last row.
  private func clampedRow(_ node: Graph.Node, _ inputs: [String]) throws -> String {
    if let count = type(node.inputs[0]).shape.first?.fixed {
      let last = try export.integers([count - 1], isScalar: true)
      return emit("Gather", [inputs[0], emit("Min", [inputs[1], last])], [.integer("axis", 0)])
    }
    // Take the rows up to the step. Their last row is the row of the step, or the last row of all.
    let end: String
    if case .constant(let step) = graph.variables[node.inputs[1]].source {
      end = try export.integers([Int(step) + 1])
    } else {
      end = emit("Add", [emit("Unsqueeze", [inputs[1], try export.integers([0])]), try export.integers([1])])
    }
    let rows = emit("Slice", [inputs[0], try export.integers([0]), end, try export.integers([0])])
    return emit("Gather", [rows, try export.integers([-1], isScalar: true)], [.integer("axis", 0)])
  }

  // MARK: Arrangements

  private func layout(_ operation: LayoutOperation, _ node: Graph.Node, _ inputs: [String]) throws -> String {
    switch operation {
    case .slice(let axis, let start, let count):
      return emit(
        "Slice",
        [inputs[0], try export.integers([start]), try export.integers([start + count]), try export.integers([axis])])
    case .concatenate(let axis): return emit("Concat", inputs, [.integer("axis", axis)])
    case .stack(let axis):
      let rows = try inputs.map { emit("Unsqueeze", [$0, try export.integers([axis])]) }
      return emit("Concat", rows, [.integer("axis", axis)])
    case .reverse(let axis):
      let bounds = [[-1], [-Int(Int32.max)], [axis], [-1]]
      return emit("Slice", [inputs[0]] + (try bounds.map { try export.integers($0) }))
    case .reshape(let kept, let shape):
      guard !shape.contains(0) else { throw refusal(node, "to a shape without elements cannot be written as ONNX") }
      return emit("Reshape", [inputs[0], try export.integers([Int](repeating: 0, count: kept) + shape)])
    case .transpose(let permutation): return emit("Transpose", inputs, [.integers("perm", permutation)])
    case .repeatLike(let axis):
      let count = emit("Gather", [emit("Shape", [inputs[1]]), try export.integers([axis])], [.integer("axis", 0)])
      let shape = emit("Concat", [count, emit("Shape", [inputs[0]])], [.integer("axis", 0)])
      return emit("Expand", [emit("Unsqueeze", [inputs[0], try export.integers([0])]), shape])
    case .gather: return emit("Gather", inputs, [.integer("axis", 0)])
    case .pad(let padding): return try padded(padding, node, inputs[0])
    }
  }

  private func padded(_ padding: Padding, _ node: Graph.Node, _ input: String) throws -> String {
    let rank = type(node.inputs[0]).rank
    let scalar = type(node.inputs[0]).scalar
    let filling = try export.number(padding.value, scalar)
    var result = input
    // ONNX pads only the ends of an axis. So each element gets an axis of its own. This axis is padded and then joined with the old
    // axis. The padding after the last element is removed.
    for axis in 0..<rank where padding.interior[axis] > 0 {
      guard let extent = type(node.inputs[0]).shape[axis].fixed else {
        throw refusal(node, "of a dynamic axis cannot be written as ONNX")
      }
      let gap = padding.interior[axis]
      var high = [Int](repeating: 0, count: 2 * (rank + 1))
      high[rank + 1 + axis + 1] = gap
      let spread = emit("Unsqueeze", [result, try export.integers([axis + 1])])
      let wide = emit("Pad", [spread, try export.integers(high), filling])
      var shape = [Int](repeating: 0, count: axis) + [extent * (gap + 1)]
      for later in (axis + 1)..<max(rank, axis + 1) {
        guard let fixed = type(node.inputs[0]).shape[later].fixed else {
          throw refusal(node, "of a dynamic axis cannot be written as ONNX")
        }
        shape.append(fixed)
      }
      let joined = emit("Reshape", [wide, try export.integers(shape)])
      let bounds = [[0], [max(extent * (gap + 1) - gap, 0)], [axis]]
      result = emit("Slice", [joined] + (try bounds.map { try export.integers($0) }))
    }
    guard (padding.low + padding.high).contains(where: { $0 > 0 }) else { return result }
    return emit("Pad", [result, try export.integers(padding.low + padding.high), filling])
  }

  private func selection(_ operation: SelectionOperation, _ node: Graph.Node, _ inputs: [String]) throws -> String {
    let scalar = type(node.inputs[0]).scalar
    switch operation {
    case .select:
      let condition = emit("Cast", [inputs[0]], [.integer("to", ElementType.boolean.rawValue)])
      return emit("Where", [condition, inputs[1], inputs[2]])
    case .clip(let minimum, let maximum):
      return emit("Clip", [inputs[0], try export.number(minimum, scalar), try export.number(maximum, scalar)])
    case .compare(let comparison):
      let truth: String
      switch comparison {
      case .greater: truth = emit("Greater", inputs)
      case .greaterOrEqual: truth = emit("GreaterOrEqual", inputs)
      case .less: truth = emit("Less", inputs)
      case .lessOrEqual: truth = emit("LessOrEqual", inputs)
      case .equal: truth = emit("Equal", inputs)
      case .notEqual: truth = emit("Not", [emit("Equal", inputs)])
      }
      return emit("Cast", [truth], [.integer("to", try export.elementType(scalar).rawValue)])
    }
  }
}
