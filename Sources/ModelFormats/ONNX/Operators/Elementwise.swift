import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Arithmetic and elementary functions.
  static let elementwise: [String: ONNXOperator] = [
    "Add": arithmetic(takesIntegers: true) {
      try $0 + $1
    } integers: {
      $0.adding($1)
    },
    "Sub": arithmetic(takesIntegers: true) {
      try $0 - $1
    } integers: { left, right in
      right.multiplied(by: Dimension(-1)).flatMap { left.adding($0) }
    },
    "Mul": arithmetic(takesIntegers: true) {
      try $0 * $1
    } integers: {
      $0.multiplied(by: $1)
    },
    "Div": arithmetic {
      try $0 / $1
    } integers: {
      $0.divided(by: $1)
    },
    "Mod": arithmetic { _, _ in
      nil
    } integers: { left, right in
      guard let left = left.fixed, let right = right.fixed, right != 0, right != -1 else { return nil }
      let rest = left % right
      return Dimension(rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest)
    },
    "Pow": ONNXOperator(power),
    "Sum": ONNXOperator { try $0.combined { try $0 + $1 } },
    "Mean": ONNXOperator { node in
      let sum = try node.combined { try $0 + $1 }
      guard case .variable(let variable, let type) = sum[0] else { return sum }
      return [.variable(try variable / Double(node.inputs.count), type)]
    },
    "Max": extremum(.maximum) { max($0, $1) },
    "Min": extremum(.minimum) { min($0, $1) },
    "Neg": ONNXOperator { node in
      if let integers = try node.value(0).integers {
        let zero = SymbolicIntegers([Dimension(0)], shape: [])
        return [
          try node.broadcast(zero, integers, node.value(0).type) { _, number in number.multiplied(by: Dimension(-1)) }
        ]
      }
      return try node.output(-node.floating(0))
    },
    "Abs": unary { try $0.applying(.absolute) }, "Sqrt": unary { try $0.applying(.squareRoot) },
    "Exp": unary { try $0.applying(.exponential) }, "Log": unary { try $0.applying(.logarithm) },
    "Reciprocal": unary { try $0.applying(.reciprocal) }, "Floor": unary { try $0.floor() },
    "Ceil": unary { try -(-$0).floor() },
    "Round": unary { variable in
      // The nearest integer with ties to even is n = ⌊x + ½⌋, or n − 1 for a tie with an odd n.
      let nearest = try (variable + 0.5).floor()
      let isTie = try (nearest - variable).compared(
        with: variable.builder.constant(0.5, variable.type.scalar), by: .equal)
      let isOdd = try nearest - (nearest / 2).floor() * 2
      return try nearest - isTie * isOdd
    },
    "Sign": unary { variable in
      let zero = try variable.builder.constant(0, variable.type.scalar)
      return try variable.compared(with: zero, by: .greater) - variable.compared(with: zero, by: .less)
    },
    "Erf": unary { try $0.errorFunction() },
    "Sinh": unary { try ($0.applying(.exponential) - (-$0).applying(.exponential)) / 2 },
    "Cosh": unary { try ($0.applying(.exponential) + (-$0).applying(.exponential)) / 2 },
  ]

  /// An elementwise function of floating-point numbers.
  static func unary(_ function: @escaping @Sendable (Variable) throws -> Variable) -> ONNXOperator {
    ONNXOperator { node in try node.output(function(node.floating(0))) }
  }

  /// An operation of two operands. If they are known or symbolic integers, the result is exact.
  ///
  /// - Parameters:
  ///   - takesIntegers: Whether graphs have the operation for integers.
  ///   - function: The operation in the graph; nil if graphs have no such operation.
  ///   - integers: The operation of two integers. It returns nil if the result is not known.
  private static func arithmetic(
    takesIntegers: Bool = false, _ function: @escaping @Sendable (Variable, Variable) throws -> Variable?,
    integers: @escaping @Sendable (Dimension, Dimension) -> Dimension?
  ) -> ONNXOperator {
    .direct { node in
      node.ignoreAttributes("fmod")
      let (left, right) = (try node.value(0), try node.value(1))
      if let first = left.integers, let second = right.integers {
        return [try node.broadcast(first, second, left.type, integers)]
      }
      let operation = ONNXOperator { node in
        let (first, second, type) = try node.operands()
        guard type.isFloatingPoint || takesIntegers else {
          throw node.unsupported("a quotient or remainder of integers that is computed when the model runs")
        }
        guard let result = try function(first, second) else {
          throw node.unsupported("a value that is computed when the model runs")
        }
        return [.variable(result, type)]
      }
      return try node.run(operation)
    }
  }

  private static func extremum(
    _ operation: BinaryOperation, _ ofIntegers: @escaping @Sendable (Int, Int) -> Int
  ) -> ONNXOperator {
    ONNXOperator { node in
      let integers = try node.inputs.indices.compactMap { try node.value($0).integers }
      if integers.count == node.inputs.count, let first = integers.first {
        let type = try node.value(0).type
        return try [
          integers.dropFirst().reduce(first.value(type)) { result, next in
            guard let result = result.integers else { return result }
            return try node.broadcast(result, next, type) { left, right in
              if left == right { return left }
              guard let left = left.fixed, let right = right.fixed else { return nil }
              return Dimension(ofIntegers(left, right))
            }
          }
        ]
      }
      return try node.combined { left, right in
        guard left.type.scalar == .int64 else { return try left.builder.record(.binary(operation), left, right) }
        let isLarger = try left.compared(with: right, by: operation == .maximum ? .greater : .less)
        return try isLarger.selecting(left, else: right)
      }
    }
  }

  private static func power(_ node: ONNXNode) throws -> [ONNXValue] {
    let base = try node.floating(0)
    if case .known(let exponent) = try node.value(1), exponent.tensor.shape.elementCount == 1,
      exponent.tensor.shape.rank <= base.rank, let number = exponent.tensor.doubles.first
    {
      switch number {
      case 1: return try node.output(base)
      case 2: return try node.output(base.applying(.square))
      case 0.5: return try node.output(base.applying(.squareRoot))
      case -1: return try node.output(base.applying(.reciprocal))
      default:
        return try node.output(
          base.builder.record(.binary(.power), base, node.builder.constant(number, base.type.scalar)))
      }
    }
    if case .known(var exponent) = try node.value(1) {
      exponent.tensor = try exponent.tensor.converted(to: base.type.scalar)
      exponent.type = try node.value(0).type
      return try node.output(node.builder.record(.binary(.power), base, node.variable(.known(exponent))))
    }
    return try node.output(node.builder.record(.binary(.power), base, node.variable(1)))
  }
}

extension ONNXNode {
  /// Returns an input whose elements must be floating-point numbers.
  func floating(_ position: Int) throws -> Variable {
    let variable = try variable(position)
    guard variable.type.scalar.isFloatingPoint, try value(position).type != .boolean else {
      throw unsupported("an input of type \(try value(position).type.name)")
    }
    return variable
  }

  /// Returns both operands as variables that broadcast together, and the type of their elements.
  func operands() throws -> (Variable, Variable, ElementType) {
    let left = try operand(0, beside: 1)
    var right = try operand(1, beside: 0)
    if operatorSet < 7, try integer("broadcast") ?? 0 != 0, let axis = try integer("axis") {
      // Before version 7, an attribute gives the axis of the first operand at which the second operand begins.
      while right.rank < left.rank - axis { right = try right.expandingDimensions(at: right.rank) }
    }
    let type = try value(0).type
    guard try type == value(1).type || left.type.scalar == right.type.scalar else {
      throw malformed("operands have the types \(type.name) and \(try value(1).type.name)")
    }
    return (left, right, type)
  }

  /// Returns an operand. A single known number becomes a constant.
  private func operand(_ position: Int, beside other: Int) throws -> Variable {
    let value = try value(position)
    if scope.calculation == nil, case .known(let known) = value, known.tensor.shape.elementCount == 1,
      known.source.flatMap(ModulePath.parameter) == nil, known.type.isFloatingPoint,
      try known.tensor.shape.rank <= self.value(other).shape.count, let number = known.tensor.doubles.first
    {
      return try builder.constant(number, known.tensor.type)
    }
    return try variable(value)
  }

  /// Combines all inputs, from the first to the last, by an operation of two values.
  func combined(_ function: (Variable, Variable) throws -> Variable) throws -> [ONNXValue] {
    guard !inputs.isEmpty else { throw malformed("there are no inputs") }
    let first = try variable(0)
    let result = try inputs.indices.dropFirst().reduce(first) { try function($0, variable($1)) }
    return try output(result)
  }

  /// Combines two arrays of integers element by element, with broadcasting.
  func broadcast(
    _ left: SymbolicIntegers, _ right: SymbolicIntegers, _ type: ElementType,
    _ function: (Dimension, Dimension) -> Dimension?
  ) throws -> ONNXValue {
    let shapes = (try Shape(checking: left.shape), try Shape(checking: right.shape))
    let shape = try shapes.0.broadcast(with: shapes.1)
    try checkAffordable(shape, as: .int64)
    func element(_ integers: SymbolicIntegers, _ own: Shape, _ index: Int) -> Dimension {
      guard own != shape else { return integers.elements[index] }
      var (rest, place) = (index, 0)
      let strides = own.strides
      for axis in shape.dimensions.indices.reversed() {
        let position = rest % shape[axis]
        rest /= shape[axis]
        let ownAxis = axis - (shape.rank - own.rank)
        if ownAxis >= 0, own[ownAxis] > 1 { place += position * strides[ownAxis] }
      }
      return integers.elements[place]
    }
    let elements = try (0..<shape.elementCount).map { index in
      let operands = (element(left, shapes.0, index), element(right, shapes.1, index))
      guard let result = function(operands.0, operands.1) else {
        throw unsupported("the result for \(operands.0) and \(operands.1)")
      }
      return result
    }
    return try SymbolicIntegers(elements, shape: shape.dimensions).value(type)
  }
}
