import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Operators of sequences of tensors.
  static let sequences: [String: ONNXOperator] = [
    "SequenceConstruct": .direct { node in [.sequence(try node.inputs.indices.map(node.value))] },
    "SplitToSequence": .direct(splitToSequence),
    "SequenceAt": .direct { node in
      let values = try node.sequence(0)
      let position = try node.numbers(1, "position").first ?? 0
      let index = position < 0 ? position + values.count : position
      guard values.indices.contains(index) else {
        throw node.malformed("index \(position) is out of range for a sequence of \(values.count) elements")
      }
      return [values[index]]
    },
    "SequenceLength": .direct { node in [try SymbolicIntegers([Dimension(node.sequence(0).count)], shape: []).value()]
    },
    "ConcatFromSequence": .direct { node in
      let values = try node.sequence(0)
      guard let first = values.first, let axis = try node.integer("axis") else {
        throw node.malformed("the sequence is empty, or the attribute axis is missing")
      }
      let isNew = try node.integer("new_axis") ?? 0 != 0
      let variables = try values.map { try node.variable($0) }
      let resolved = try node.axis(axis, rank: variables[0].rank + (isNew ? 1 : 0))
      let result =
        try isNew ? Variable.stacking(variables, axis: resolved) : Variable.concatenating(variables, axis: resolved)
      return [.variable(result, first.type)]
    },
  ]

  private static func splitToSequence(_ node: ONNXNode) throws -> [ONNXValue] {
    let value = try node.value(0)
    let axis = try node.axis(node.integer("axis") ?? 0, rank: value.shape.count)
    let keeps = try node.integer("keepdims") ?? 1 != 0
    guard let extent = value.shape[axis].fixed else { throw node.unsupported("splitting the dynamic axis \(axis)") }
    var extents = [Int](repeating: 1, count: min(extent, ONNXNode.mostParts))
    if node.has(1) {
      extents = try node.numbers(1, "split")
      if try node.value(1).shape.isEmpty {
        guard let size = extents.first, size > 0, extent / size <= ONNXNode.mostParts else {
          throw node.malformed("axis \(axis) cannot have parts of \(extents) elements")
        }
        extents = stride(from: 0, to: extent, by: size).map { min(size, extent - $0) }
      }
    }
    let parts = try node.parts(of: value, axis: axis, extents: extents)
    guard !node.has(1), !keeps else { return [.sequence(parts)] }
    return [
      .sequence(
        try parts.map { part in
          var shape = part.shape.map(Dimension.init)
          shape.remove(at: axis)
          return try node.reshaped(part, to: shape)
        })
    ]
  }
}

extension ONNXNode {
  /// The values of an input, which must be a sequence.
  fileprivate func sequence(_ position: Int) throws -> [ONNXValue] {
    guard case .sequence(let values) = try value(position) else {
      throw malformed("input \(position) is not a sequence")
    }
    return values
  }
}
