/// y = x.
public struct Identity: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates an identity.
  public init(name: String = "identity") { self.name = name }
  /// x.
  public func activated(_ input: Variable) throws -> Variable { input }
}

/// y = tanh x.
public struct Tanh: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates a hyperbolic tangent.
  public init(name: String = "tanh") { self.name = name }
  /// tanh x.
  public func activated(_ input: Variable) throws -> Variable { try input.applying(.hyperbolicTangent) }
}

/// y = 1 / (1 + e⁻ˣ).
public struct Logistic: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates a logistic function.
  public init(name: String = "logistic") { self.name = name }
  /// 1 / (1 + e⁻ˣ).
  public func activated(_ input: Variable) throws -> Variable { try input.applying(.logistic) }
}

/// y = max(x, 0).
public struct Rectifier: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates a rectifier.
  public init(name: String = "rectifier") { self.name = name }
  /// max(x, 0).
  public func activated(_ input: Variable) throws -> Variable { try input.applying(.rectify) }
}

/// y = max(x, leak · x).
public struct LeakyRectifier: Activation {
  /// The name among its siblings.
  public var name: String
  /// The slope below 0, at most 1.
  public var leak: Double
  /// Creates a rectifier with the slope `leak` below 0.
  public init(leak: Double = 0.01, name: String = "leakyrectifier") {
    self.leak = leak
    self.name = name
  }
  /// max(x, leak · x).
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` for a slope above 1, because max(x, leak · x) would then exceed x
  ///   above 0.
  public func activated(_ input: Variable) throws -> Variable {
    guard leak <= 1 else {
      throw BrickError(.invalidConfiguration, "has the slope \(leak) below 0, which must be at most 1")
    }
    return try input.builder.record(.binary(.maximum), input, input * leak)
  }
}

/// y = ln(1 + eˣ), computed as max(x, 0) + ln(1 + z) with z = e^−|x|, which does not overflow.
///
/// If w is the rounded value of 1 + z, ln(1 + z) is ln w · z / (w − 1); if w is 1, it is z. This keeps the digits of small results
/// (Goldberg, "What every computer scientist should know about floating-point arithmetic", theorem 4).
public struct Softplus: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates a softplus.
  public init(name: String = "softplus") { self.name = name }
  /// ln(1 + eˣ).
  public func activated(_ input: Variable) throws -> Variable {
    let small = try input.applying(.absolute).applying(.negate).applying(.exponential)
    let one = try input.builder.constant(1, input.type.scalar)
    let sum = try small + one
    let rest = try sum - one
    return try input.applying(.rectify) + rest.selecting(sum.applying(.logarithm) * small / rest, else: small)
  }
}

/// The softmax over the last axis.
public struct Softmax: Activation {
  /// The name among its siblings.
  public var name: String
  /// Creates a softmax.
  public init(name: String = "softmax") { self.name = name }
  /// exp x / Σ exp x.
  public func activated(_ input: Variable) throws -> Variable { try input.softmax() }
}

extension Brick where Self == Identity {
  /// y = x.
  public static var identity: Identity { Identity() }
}
extension Brick where Self == Tanh {
  /// y = tanh x.
  public static var tanh: Tanh { Tanh() }
}
extension Brick where Self == Logistic {
  /// y = 1 / (1 + e⁻ˣ).
  public static var logistic: Logistic { Logistic() }
}
extension Brick where Self == Rectifier {
  /// y = max(x, 0).
  public static var rectifier: Rectifier { Rectifier() }
}
extension Brick where Self == LeakyRectifier {
  /// y = max(x, x / 100).
  public static var leakyRectifier: LeakyRectifier { LeakyRectifier() }
}
extension Brick where Self == Softplus {
  /// y = ln(1 + eˣ).
  public static var softplus: Softplus { Softplus() }
}
extension Brick where Self == Softmax {
  /// The softmax over the last axis.
  public static var softmax: Softmax { Softmax() }
}
