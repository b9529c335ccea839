import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Reductions over axes.
  static let reductions: [String: ONNXOperator] = [
    "ReduceSum": reduction(since: 13) { try $0.reduced(.sum, over: $1, keepingDimensions: $2) },
    "ReduceMean": reduction { try $0.reduced(.mean, over: $1, keepingDimensions: $2) },
    "ReduceMax": reduction { try $0.reduced(.maximum, over: $1, keepingDimensions: $2) },
    "ReduceMin": reduction { try $0.reduced(.minimum, over: $1, keepingDimensions: $2) },
    "ReduceL1": reduction { try $0.applying(.absolute).reduced(.sum, over: $1, keepingDimensions: $2) },
    "ReduceL2": reduction {
      try $0.applying(.square).reduced(.sum, over: $1, keepingDimensions: $2).applying(.squareRoot)
    },
    "ReduceSumSquare": reduction { try $0.applying(.square).reduced(.sum, over: $1, keepingDimensions: $2) },
    "ReduceLogSum": reduction { try $0.reduced(.sum, over: $1, keepingDimensions: $2).applying(.logarithm) },
    "ReduceLogSumExp": reduction { variable, axes, keeps in
      // The largest element is subtracted first, so that nothing overflows.
      let largest = try variable.reduced(.maximum, over: axes, keepingDimensions: true)
      let sum = try (variable - largest).applying(.exponential).reduced(.sum, over: axes, keepingDimensions: keeps)
      let offset = keeps ? largest : try variable.reduced(.maximum, over: axes)
      return try sum.applying(.logarithm) + offset
    },
    "ReduceProd": .direct(product),
  ]

  private static func reduction(
    since version: Int = 18, _ function: @escaping @Sendable (Variable, [Int], Bool) throws -> Variable
  ) -> ONNXOperator {
    .direct { node in
      let keeps = try node.integer("keepdims") ?? 1 != 0
      let ignoresEmpty = try node.integer("noop_with_empty_axes") ?? 0 != 0
      let given = try node.axes(input: 1, since: version) ?? []
      if given.isEmpty && ignoresEmpty { return [try node.value(0)] }
      return try node.run(
        ONNXOperator { node in
          node.ignoreAttributes("keepdims", "noop_with_empty_axes", "axes")
          let variable = try node.floating(0)
          let axes = given.isEmpty ? Array(0..<variable.rank) : try node.axes(given, rank: variable.rank)
          return try node.output(function(variable, axes, keeps))
        })
    }
  }

  /// The product of integers, such as the number of elements of a shape. Graphs have no product of other numbers.
  private static func product(_ node: ONNXNode) throws -> [ONNXValue] {
    let keeps = try node.integer("keepdims") ?? 1 != 0
    node.ignoreAttributes("noop_with_empty_axes")
    guard let integers = try node.value(0).integers, integers.shape.count == 1,
      try node.axes(input: 1, since: 18).map({ $0 == [0] || $0 == [-1] || $0.isEmpty }) ?? true,
      let product = Dimension.product(integers.elements)
    else {
      throw node.unsupported("an input that is not a list of integers known at the import, or axes that are not [0]")
    }
    return [try SymbolicIntegers([product], shape: keeps ? [1] : []).value(node.value(0).type)]
  }
}
