import ComputationGraphs
import JSON
import Names

/// An activation function of Keras.
enum KerasActivation {
  /// A function without parameters.
  case named(String)
  /// The rectifier max(x, 0), with a slope below the threshold and an upper bound.
  case rectifier(slope: Double, maximum: Double?, threshold: Double)
  /// The exponential linear unit, which is α(eˣ − 1) below 0.
  case exponentialLinear(alpha: Double)
  /// The softmax over the given axes.
  case softmax(axes: [Int])

  private static let names: Set<String> = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "hard_silu", "hard_swish",
    "hard_sigmoid", "sigmoid", "tanh", "hard_tanh", "exponential", "softplus", "softsign", "softmax", "log_softmax",
    "mish",
    "soft_shrink", "hard_shrink", "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "log_sigmoid", "glu",
    "sparsemax",
  ]

  /// Reads the activation at a key of a layer. A missing activation is linear by default.
  init(_ configuration: KerasConfiguration, key: Name = "activation", default fallback: String = "linear") throws {
    try self.init(configuration[key] ?? .text(fallback), of: configuration)
  }

  private init(_ json: JSONValue, of configuration: KerasConfiguration) throws {
    switch json {
    case .text(let name):
      guard Self.names.contains(name) else {
        throw configuration.problem("the activation \"\(name)\" is not supported", .unsupported)
      }
      // In Keras 2 and 3, this name means different functions.
      self = .named(name == "hard_sigmoid" && configuration.version < 3 ? "hard_sigmoid_2" : name)
    case .object(let members):
      // A function is {"class_name": "function", "config": "relu"}. A layer has its own configuration.
      switch (members["class_name"], members["config"]) {
      case (.text("function")?, .text(let name)?): try self.init(.text(name), of: configuration)
      case (.text(let className)?, .object(let config)?):
        let layer = KerasConfiguration(
          path: configuration.path, className: Name(className), version: configuration.version, members: config)
        guard let activation = try KerasActivation(layer: layer) else {
          throw configuration.problem("the activation \(className) is not supported", .unsupported)
        }
        self = activation
      default: throw configuration.problem("the activation is neither a name nor a layer")
      }
    default: throw configuration.problem("the activation is neither a name nor a layer")
    }
  }

  /// Reads a layer that is an activation; nil for other classes.
  init?(layer configuration: KerasConfiguration) throws {
    switch configuration.className {
    case "Activation": try self.init(configuration)
    case "ReLU", "Relu":
      self = .rectifier(
        slope: try configuration.number("negative_slope", default: 0),
        maximum: configuration["max_value"] == nil ? nil : try configuration.number("max_value"),
        threshold: try configuration.number("threshold", default: 0))
    case "LeakyReLU", "LeakyRelu":
      // Keras 2 calls the slope α.
      let key: Name = configuration["negative_slope"] == nil ? "alpha" : "negative_slope"
      self = .rectifier(slope: try configuration.number(key, default: 0.3), maximum: nil, threshold: 0)
    case "ThresholdedReLU":
      self = .named("thresholded")
      let threshold = try configuration.number("theta", default: 1)
      self = .rectifier(slope: 0, maximum: nil, threshold: threshold)
    case "ELU", "Elu": self = .exponentialLinear(alpha: try configuration.number("alpha", default: 1))
    case "Softmax": self = .softmax(axes: try configuration.integers("axis", default: [-1]))
    default: return nil
    }
  }

  /// Records the function for a variable whose axes are in Keras's order.
  func applied(to variable: Variable) throws -> Variable { try applied(to: KerasValue(variable)).variable }

  /// Records the function.
  func applied(to value: KerasValue) throws -> KerasValue {
    switch self {
    case .named("linear"): return value
    case .named("softmax"): return try Self.softmax(value, over: [-1])
    case .named("log_softmax"):
      // The graph's operation works on the last axis.
      return try value.ordered(withChannelsInFront: false).applying { try $0.logSoftmax() }
    case .named("glu"):
      return try value.applying { variable in
        let halves = try variable.split(into: 2, axis: value.axis(-1))
        return try halves[0] * halves[1].applying(.logistic)
      }
    case .named("sparsemax"): return try value.ordered(withChannelsInFront: false).applying(Self.sparsemax)
    case .named(let name): return try value.applying { try Self.elementwise(name, $0) }
    case .rectifier(let slope, let maximum, let threshold):
      return try value.applying { try Self.rectified($0, slope: slope, maximum: maximum, threshold: threshold) }
    case .exponentialLinear(let alpha): return try value.applying { try Self.exponentialLinear($0, alpha: alpha) }
    case .softmax(let axes): return try Self.softmax(value, over: axes)
    }
  }
}

extension KerasValue {
  /// Applies a function that keeps the order of axes.
  func applying(_ function: (Variable) throws -> Variable) rethrows -> KerasValue { replacing(try function(variable)) }
}
