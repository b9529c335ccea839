import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Activation functions.
  static let activations: [String: ONNXOperator] = [
    "Relu": unary { try $0.applying(.rectify) },
    "Sigmoid": unary { try $0.applying(.logistic) },
    "Tanh": unary { try $0.applying(.hyperbolicTangent) },
    "Softplus": unary { try softplus($0) },
    "Softsign": unary { try $0 / ($0.applying(.absolute) + 1) },
    "LeakyRelu": parameterized { try leaky($0, slope: $1.number("alpha") ?? 0.01) },
    "Elu": parameterized { variable, node in
      let alpha = try node.number("alpha") ?? 1
      return try positive(variable) + exponentialBelowZero(variable) * alpha
    },
    "Celu": parameterized { variable, node in
      let alpha = try node.number("alpha") ?? 1
      return try positive(variable) + exponentialBelowZero(variable / alpha) * alpha
    },
    "Selu": parameterized { variable, node in
      let alpha = try node.number("alpha") ?? 1.6732632423543772
      let gamma = try node.number("gamma") ?? 1.0507009873554805
      return try (positive(variable) + exponentialBelowZero(variable) * alpha) * gamma
    },
    "ThresholdedRelu": parameterized { variable, node in
      let limit = try variable.builder.constant(node.number("alpha") ?? 1, variable.type.scalar)
      let zero = try variable.builder.constant(0, variable.type.scalar)
      return try variable.compared(with: limit, by: .greater).selecting(variable, else: zero)
    },
    "Shrink": parameterized { variable, node in
      let (bias, limit) = (try node.number("bias") ?? 0, try node.number("lambd") ?? 0.5)
      func constant(_ value: Double) throws -> Variable { try variable.builder.constant(value, variable.type.scalar) }
      let isAbove = try variable.compared(with: constant(limit), by: .greater)
      let isBelow = try variable.compared(with: constant(-limit), by: .less)
      return try isAbove.selecting(variable - bias, else: isBelow.selecting(variable + bias, else: constant(0)))
    },
    "HardSigmoid": parameterized { variable, node in
      let (alpha, beta) = (try node.number("alpha") ?? 0.2, try node.number("beta") ?? 0.5)
      return try (variable * alpha + beta).clipped(0...1)
    },
    "HardSwish": unary { try $0 * ($0 / 6 + 0.5).clipped(0...1) },
    "Mish": unary { try $0 * softplus($0).applying(.hyperbolicTangent) },
    "Swish": parameterized { variable, node in
      try variable * (variable * (node.number("alpha") ?? 1)).applying(.logistic)
    },
    "Gelu": parameterized { variable, node in
      switch try node.text("approximate") ?? "none" {
      case "none":
        return try variable * (((variable / Double(2).squareRoot()).errorFunction() + 1) * 0.5)
      case "tanh":
        let cubic = try variable + variable * variable.applying(.square) * 0.044715
        return try variable * (((cubic * (2 / Double.pi).squareRoot()).applying(.hyperbolicTangent) + 1) * 0.5)
      case let method: throw node.unsupported("the approximation \"\(method)\"")
      }
    },
    "PRelu": ONNXOperator { node in
      let (variable, given, type) = try node.operands()
      let isOld = node.operatorSet < 7 && given.rank == 1
      let slope = isOld ? try node.onChannels(given, rank: variable.rank) : given
      let zero = try variable.builder.constant(0, variable.type.scalar)
      return [
        .variable(
          try variable.applying(.rectify) + zero.builder.record(.binary(.minimum), variable, zero) * slope, type)
      ]
    },
    "Clip": ONNXOperator(clip),
    "Softmax": ONNXOperator { try softmax($0) { try $0.softmax() } },
    "LogSoftmax": ONNXOperator { try softmax($0) { try $0.logSoftmax() } },
  ]

  /// An operator whose function of floating-point numbers reads attributes of the node.
  static func parameterized(
    _ function: @escaping @Sendable (Variable, ONNXNode) throws -> Variable
  ) -> ONNXOperator {
    ONNXOperator { node in try node.output(function(node.floating(0), node)) }
  }

  /// The softplus log(1 + eˣ), computed without overflow as max(x, 0) + log(1 + e^−|x|).
  static func softplus(_ variable: Variable) throws -> Variable {
    try variable.applying(.rectify) + ((-variable.applying(.absolute)).applying(.exponential) + 1).applying(.logarithm)
  }

  /// The leaky rectifier: max(x, 0) + slope · min(x, 0).
  static func leaky(_ variable: Variable, slope: Double) throws -> Variable {
    try variable.applying(.rectify) - (-variable).applying(.rectify) * slope
  }

  private static func positive(_ variable: Variable) throws -> Variable { try variable.applying(.rectify) }

  /// e^min(x, 0) − 1.
  private static func exponentialBelowZero(_ variable: Variable) throws -> Variable {
    try (-(-variable).applying(.rectify)).applying(.exponential) - 1
  }

  private static func clip(_ node: ONNXNode) throws -> [ONNXValue] {
    func limit(_ attribute: String, _ position: Int) throws -> ONNXValue? {
      if let number = try node.number(attribute) {
        let type = try node.value(0).type
        return .known(
          KnownValue(tensor: try Tensor(repeating: number, shape: [], type: type.computed ?? .float32), type: type))
      }
      return node.has(position) ? try node.value(position) : nil
    }
    let variable = try node.variable(0)
    let limits = (try limit("min", 1), try limit("max", 2))
    func number(_ value: ONNXValue?, otherwise: Double) -> Double? {
      guard let value else { return otherwise }
      guard case .known(let known) = value, known.tensor.shape.elementCount == 1 else { return nil }
      return known.tensor.doubles.first
    }
    let greatest =
      variable.type.scalar == .float64 ? Double.greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)
    if variable.type.scalar.isFloatingPoint, let lower = number(limits.0, otherwise: -greatest),
      let upper = number(limits.1, otherwise: greatest), limits.0 != nil, limits.1 != nil, lower <= upper,
      lower.isFinite, upper.isFinite
    {
      return try node.output(variable.clipped(lower...upper))
    }
    func extremum(_ left: Variable, _ right: Variable, _ operation: BinaryOperation) throws -> Variable {
      guard left.type.scalar == .int64 else { return try left.builder.record(.binary(operation), left, right) }
      let isLeft = try left.compared(with: right, by: operation == .maximum ? .greater : .less)
      return try isLeft.selecting(left, else: right)
    }
    var result = variable
    if let lower = limits.0 { result = try extremum(result, node.variable(lower), .maximum) }
    if let upper = limits.1 { result = try extremum(result, node.variable(upper), .minimum) }
    return try node.output(result)
  }

  private static func softmax(
    _ node: ONNXNode, _ function: (Variable) throws -> Variable
  ) throws -> [ONNXValue] {
    let variable = try node.floating(0)
    guard variable.rank > 0 else {
      return try node.output(function(variable.expandingDimensions(at: 0)).reshaped(keepingAxes: 0, to: []))
    }
    if node.operatorSet >= 13 {
      let axis = try node.axis(node.integer("axis") ?? -1, rank: variable.rank)
      return try node.output(node.movingAxis(axis, toEndOf: variable, function))
    }
    // Before version 13, all axes from `axis` on count as a single axis.
    let axis = try node.axis(node.integer("axis") ?? 1, rank: max(variable.rank, 2))
    if axis == variable.rank - 1 { return try node.output(function(variable)) }
    let shape = variable.shape.map(Dimension.init)
    guard axis < variable.rank, let count = Dimension.product(shape[axis...]) else {
      throw node.unsupported("the axis \(axis)")
    }
    let flat = try node.reshape(variable, to: Array(shape[..<axis]) + [count])
    return try node.output(node.reshape(function(flat), to: shape))
  }
}

extension ONNXNode {
  /// Applies a function of the last axis to another axis.
  func movingAxis(
    _ axis: Int, toEndOf variable: Variable, _ function: (Variable) throws -> Variable
  ) throws -> Variable {
    let last = variable.rank - 1
    guard axis != last else { return try function(variable) }
    var permutation = Array(0..<variable.rank)
    permutation.swapAt(axis, last)
    return try function(variable.transposed(permutation)).transposed(permutation)
  }
}
