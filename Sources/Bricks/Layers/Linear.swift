/// y = x·W + b, with W of shape (input, output).
public struct Linear: Brick {
  /// The name among its siblings.
  public var name: String
  /// The extent of the input's last axis; nil to take it from the input.
  public var inputDimension: Int?
  /// The extent of the output's last axis.
  public var outputDimension: Int
  /// Whether b is added.
  public var usesBias: Bool
  /// The initialization of W.
  public var weightsInitialization: Initialization
  /// The initialization of b.
  public var biasesInitialization: Initialization

  /// Creates a linear map. By default, the weights start as Gaussians with standard deviation 0.01.
  public init(
    _ inputDimension: Int? = nil, _ outputDimension: Int, usesBias: Bool = true,
    weightsInitialization: Initialization = .isotropicGaussian(standardDeviation: 0.01),
    biasesInitialization: Initialization = .constant(0), name: String = "linear"
  ) {
    self.name = name
    self.inputDimension = inputDimension
    self.outputDimension = outputDimension
    self.usesBias = usesBias
    self.weightsInitialization = weightsInitialization
    self.biasesInitialization = biasesInitialization
  }

  /// Records x·W + b.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let width = try input.lastExtent(agreeingWith: inputDimension)
    let weights = try scope.parameter(
      "W", shape: [width, outputDimension], role: .weight, initialization: weightsInitialization,
      axes: ["input", "output"])
    let product = try input.matrixMultiplied(by: weights)
    guard usesBias else { return product }
    let biases = try scope.parameter(
      "b", shape: [outputDimension], role: .bias, initialization: biasesInitialization, axes: ["output"])
    return try product + biases
  }
}

/// y = x + b. b has as many elements as the last axis of x.
public struct Bias: Brick {
  /// The name among its siblings.
  public var name: String
  /// The extent of the last axis; nil to take it from the input.
  public var dimension: Int?
  /// The initialization of b.
  public var biasesInitialization: Initialization

  /// Creates a brick that adds a vector to its input.
  public init(_ dimension: Int? = nil, biasesInitialization: Initialization = .constant(0), name: String = "bias") {
    self.name = name
    self.dimension = dimension
    self.biasesInitialization = biasesInitialization
  }

  /// Records x + b.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let width = try input.lastExtent(agreeingWith: dimension)
    let biases = try scope.parameter(
      "b", shape: [width], role: .bias, initialization: biasesInitialization, axes: ["output"])
    return try input + biases
  }
}

extension Variable {
  /// The extent of the last axis.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the extent is unknown, or is not the required extent.
  func lastExtent(agreeingWith wanted: Int?) throws(BrickError) -> Int {
    guard rank >= 2, let width = shape.last?.fixed else {
      throw BrickError(.invalidConfiguration, "needs an input (batch, …, features) of known width, got \(type)")
    }
    guard wanted == nil || wanted == width else {
      throw BrickError(.invalidConfiguration, "takes inputs of width \(wanted ?? 0), got \(type)")
    }
    return width
  }
}
