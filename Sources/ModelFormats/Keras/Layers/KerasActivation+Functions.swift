import ComputationGraphs

extension KerasActivation {
  /// Applies the elementwise function with a name. The function has no parameters.
  static func elementwise(_ name: String, _ x: Variable) throws -> Variable {
    switch name {
    case "relu": return try x.applying(.rectify)
    case "relu6": return try x.clipped(0...6)
    case "leaky_relu": return try rectified(x, slope: 0.2, maximum: nil, threshold: 0)
    case "elu", "celu": return try exponentialLinear(x, alpha: 1)
    case "selu":
      return try exponentialLinear(x, alpha: 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946
    case "gelu": return try x * 0.5 * ((x * 0.5.squareRoot()).errorFunction() + 1)
    case "silu", "swish": return try x * x.applying(.logistic)
    case "hard_silu", "hard_swish": return try x * ((x + 3).clipped(0...6) / 6)
    case "hard_sigmoid": return try (x + 3).clipped(0...6) / 6
    case "hard_sigmoid_2": return try (x * 0.2 + 0.5).clipped(0...1)
    case "sigmoid": return try x.applying(.logistic)
    case "tanh": return try x.applying(.hyperbolicTangent)
    case "hard_tanh": return try x.clipped(-1...1)
    case "exponential": return try x.applying(.exponential)
    case "softplus": return try softplus(x)
    case "softsign": return try x / (x.applying(.absolute) + 1)
    case "mish": return try x * softplus(x).applying(.hyperbolicTangent)
    case "soft_shrink": return try (x - 0.5).applying(.rectify) - (-x - 0.5).applying(.rectify)
    case "hard_shrink":
      let zero = try x.builder.constant(0, x.type.scalar)
      let half = try x.builder.constant(0.5, x.type.scalar)
      return try x.applying(.absolute).compared(with: half, by: .greater).selecting(x, else: zero)
    case "tanh_shrink": return try x - x.applying(.hyperbolicTangent)
    case "squareplus": return try (x + (x.applying(.square) + 4).applying(.squareRoot)) / 2
    case "sparse_plus":
      let one = try x.builder.constant(1, x.type.scalar)
      let below = try (x.clipped(-1...1) + 1).applying(.square) * 0.25
      return try x.compared(with: one, by: .less).selecting(below, else: x)
    case "sparse_sigmoid": return try ((x + 1) * 0.5).clipped(0...1)
    case "log_sigmoid": return try -softplus(-x)
    default: throw KerasProblem(.unsupported, "the activation \"\(name)\" is not supported")
    }
  }

  /// log(1 + eˣ) without overflow: max(x, 0) + log(1 + e^−|x|).
  private static func softplus(_ x: Variable) throws -> Variable {
    try x.applying(.rectify) + ((-x.applying(.absolute)).applying(.exponential) + 1).applying(.logarithm)
  }

  /// Applies the exponential linear unit: x above 0, and α(eˣ − 1) below.
  static func exponentialLinear(_ x: Variable, alpha: Double) throws -> Variable {
    // The exponential is computed only for numbers of at most 0, so it cannot overflow.
    try x.applying(.rectify) + (((-((-x).applying(.rectify))).applying(.exponential) - 1) * alpha)
  }

  /// Applies Keras's ReLU: slope · (x − threshold) below the threshold, and x above it, but at most `maximum`.
  static func rectified(_ x: Variable, slope: Double, maximum: Double?, threshold: Double) throws -> Variable {
    var result: Variable
    if threshold == 0 {
      result = try x.applying(.rectify)
    } else {
      let builder = x.builder
      let zero = try builder.constant(0, x.type.scalar)
      let bound = try builder.constant(threshold, x.type.scalar)
      result = try x.compared(with: bound, by: .greater).selecting(x, else: zero)
    }
    if let maximum {
      guard maximum >= 0, maximum.isFinite else {
        throw KerasProblem(
          .malformed, "the greatest value of a rectifier is \(maximum); it must be finite and at least 0")
      }
      result = try result.clipped(0...maximum)
    }
    guard slope != 0 else { return result }
    return try result - (threshold == 0 ? -x : threshold - x).applying(.rectify) * slope
  }

  /// Applies the softmax over the given axes, which are numbered in Keras's order.
  static func softmax(_ value: KerasValue, over axes: [Int]) throws -> KerasValue {
    if axes.count == 1 {
      let axis = try value.axis(axes[0])
      if axis == value.rank - 1 { return try value.applying { try $0.softmax() } }
    }
    let axes = try axes.map(value.axis)
    return try value.applying { x in
      let shifted = try x - x.reduced(.maximum, over: axes, keepingDimensions: true)
      let powers = try shifted.applying(.exponential)
      return try powers / powers.reduced(.sum, over: axes, keepingDimensions: true)
    }
  }

  /// Applies Keras's sparsemax over the last axis. It compares all pairs of elements instead of sorting them.
  ///
  /// It differs from the sparsemax of Martins and Astudillo (arXiv 1602.02068) if the support has several elements: Keras computes the
  /// threshold from the sum of the cumulative sums of the support, not from the last one.
  static func sparsemax(_ x: Variable) throws -> Variable {
    let last = x.rank - 1
    let (row, column) = (try x.expandingDimensions(at: last), try x.expandingDimensions(at: last + 1))
    // The number and the sum of the elements that are at least as large as each element.
    let isLarger = try row.compared(with: column, by: .greaterOrEqual)
    let count = try isLarger.reduced(.sum, over: [last + 1])
    let sum = try (isLarger * row).reduced(.sum, over: [last + 1])
    let isSupport = try (count * x + 1).compared(with: sum, by: .greater)
    // The cumulative sum up to each element, as its mean over all orders of equal elements.
    let isAbove = try row.compared(with: column, by: .greater)
    let cumulative = try (((isLarger + isAbove) * row).reduced(.sum, over: [last + 1]) + x) * 0.5
    let total = try (isSupport * cumulative).reduced(.sum, over: [last], keepingDimensions: true)
    let threshold = try (total - 1) / isSupport.reduced(.sum, over: [last], keepingDimensions: true)
    return try (x - threshold).applying(.rectify)
  }
}
