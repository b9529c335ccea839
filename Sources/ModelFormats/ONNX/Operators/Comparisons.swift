import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Comparisons, and operations on truth values, which are the numbers 1 and 0.
  static let comparisons: [String: ONNXOperator] = [
    "Equal": comparison(.equal) { $0 == $1 }, "Greater": comparison(.greater) { $0 > $1 },
    "GreaterOrEqual": comparison(.greaterOrEqual) { $0 >= $1 }, "Less": comparison(.less) { $0 < $1 },
    "LessOrEqual": comparison(.lessOrEqual) { $0 <= $1 },
    "Not": ONNXOperator { node in
      let variable = try node.truth(0)
      return [.variable(try 1 - variable, .boolean)]
    },
    "And": logical { try $0 * $1 }, "Or": logical { try $0 + $1 - $0 * $1 },
    "Xor": logical { try $0.compared(with: $1, by: .notEqual) },
    "IsInf": ONNXOperator { node in
      let variable = try node.floating(0)
      let infinity = try node.builder.constant(.infinity, variable.type.scalar)
      let isPositive = try variable.compared(with: infinity, by: .equal)
      let isNegative = try variable.compared(with: -infinity, by: .equal)
      let signs = (try node.integer("detect_positive") ?? 1 != 0, try node.integer("detect_negative") ?? 1 != 0)
      let result =
        signs == (true, true)
        ? try isPositive + isNegative : signs.0 ? isPositive : signs.1 ? isNegative : try isPositive * 0
      return [.variable(result, .boolean)]
    },
    "IsNaN": ONNXOperator { node in
      let variable = try node.floating(0)
      // Only NaN is not equal to itself.
      return [.variable(try variable.compared(with: variable, by: .notEqual), .boolean)]
    },
  ]

  private static func comparison(
    _ relation: Comparison, _ ofIntegers: @escaping @Sendable (Int, Int) -> Bool
  ) -> ONNXOperator {
    .direct { node in
      if let left = try node.value(0).integers, let right = try node.value(1).integers {
        return [
          try node.broadcast(left, right, .boolean) { left, right in
            // A symbolic dimension equals itself. The results of other comparisons with a symbolic dimension are unknown.
            if left == right { return Dimension(ofIntegers(0, 0) ? 1 : 0) }
            guard let left = left.fixed, let right = right.fixed else { return nil }
            return Dimension(ofIntegers(left, right) ? 1 : 0)
          }
        ]
      }
      return try node.run(
        ONNXOperator { node in
          let (left, right, _) = try node.operands()
          return [.variable(try left.compared(with: right, by: relation), .boolean)]
        })
    }
  }

  private static func logical(_ function: @escaping @Sendable (Variable, Variable) throws -> Variable) -> ONNXOperator {
    ONNXOperator { node in
      let left = try node.truth(0)
      let right = try node.truth(1, as: left.type.scalar)
      return [.variable(try function(left, right), .boolean)]
    }
  }
}

extension ONNXNode {
  /// Returns an input whose elements must be truth values.
  func truth(_ position: Int, as scalar: ScalarType? = nil) throws -> Variable {
    let value = try value(position)
    guard value.type == .boolean else { throw unsupported("an input of type \(value.type.name)") }
    return try truthValue(variable(value, as: scalar), as: scalar)
  }

  /// Converts truth values to numbers of a type.
  func truthValue(_ variable: Variable, as scalar: ScalarType?) throws -> Variable {
    guard let scalar, variable.type.scalar != scalar else { return variable }
    guard variable.type.scalar == .int64 else {
      throw unsupported(
        "a truth value of type \(variable.type.scalar.rawValue) with operands of type \(scalar.rawValue)")
    }
    // The integer selects row 0 or row 1 of the numbers 0 and 1.
    let zero = try builder.constant(0, scalar).expandingDimensions(at: 0)
    let one = try builder.constant(1, scalar).expandingDimensions(at: 0)
    return try Variable.concatenating([zero, one], axis: 0).gatheringRows(variable)
  }
}
