import ComputationGraphs

/// An activation function of an ONNX recurrent layer (RNN, GRU or LSTM), with its parameters.
struct GateFunction {
  private let name: String
  private let alpha: Double
  private let beta: Double

  /// The function with a name; nil for an unknown name. The function takes its parameters from the front of the lists, and removes
  /// them.
  init?(_ name: String, _ alphas: inout [Double], _ betas: inout [Double]) {
    let defaults: [String: (alpha: Double?, beta: Double?)] = [
      "Sigmoid": (nil, nil), "Tanh": (nil, nil), "Relu": (nil, nil), "Softsign": (nil, nil), "Softplus": (nil, nil),
      "Affine": (1, 0), "LeakyRelu": (0.01, nil), "ThresholdedRelu": (1, nil), "ScaledTanh": (1, 1),
      "HardSigmoid": (0.2, 0.5), "Elu": (1, nil),
    ]
    guard let usual = defaults[name] else { return nil }
    self.name = name
    alpha = usual.alpha.map { alphas.isEmpty ? $0 : alphas.removeFirst() } ?? 0
    beta = usual.beta.map { betas.isEmpty ? $0 : betas.removeFirst() } ?? 0
  }

  func callAsFunction(_ variable: Variable) throws -> Variable {
    switch name {
    case "Sigmoid": return try variable.applying(.logistic)
    case "Tanh": return try variable.applying(.hyperbolicTangent)
    case "Relu": return try variable.applying(.rectify)
    case "Softsign": return try variable / (variable.applying(.absolute) + 1)
    case "Softplus": return try ONNXOperators.softplus(variable)
    case "Affine": return try variable * alpha + beta
    case "LeakyRelu": return try ONNXOperators.leaky(variable, slope: alpha)
    case "ScaledTanh": return try (variable * beta).applying(.hyperbolicTangent) * alpha
    case "HardSigmoid": return try (variable * alpha + beta).clipped(0...1)
    case "Elu":
      return try variable.applying(.rectify) + ((-(-variable).applying(.rectify)).applying(.exponential) - 1) * alpha
    default:
      let limit = try variable.builder.constant(alpha, variable.type.scalar)
      let zero = try variable.builder.constant(0, variable.type.scalar)
      return try variable.compared(with: limit, by: .greater).selecting(variable, else: zero)
    }
  }
}
