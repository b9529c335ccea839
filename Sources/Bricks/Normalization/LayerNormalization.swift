/// Normalizes each example by its own mean and deviation over the last axes (Ba, Kiros and Hinton, arXiv 1607.06450).
///
/// With the biased variance, y = (x − mean) / √(variance + ε) · scale + shift. The numbers of other examples have no influence, so there
/// are no population statistics.
public struct LayerNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// The number of last axes that are normalized together. Scale and shift have the shape of these axes.
  public var axisCount: Int
  /// ε, added to the variance under the square root.
  public var epsilon: Double
  /// Whether there is a scale.
  public var learnsScale: Bool
  /// Whether there is a shift.
  public var learnsShift: Bool

  /// Creates a normalization over the last `axisCount` axes. The scale starts as 1, and the shift as 0.
  public init(
    axisCount: Int = 1, epsilon: Double = 1e-5, learnsScale: Bool = true, learnsShift: Bool = true,
    name: String = "layernormalization"
  ) {
    self.name = name
    self.axisCount = axisCount
    self.epsilon = epsilon
    self.learnsScale = learnsScale
    self.learnsShift = learnsShift
  }

  /// Records the normalization.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the last axes are missing or of unknown extent.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let shape = input.shape.suffix(max(axisCount, 0)).compactMap(\.fixed)
    guard axisCount >= 1, shape.count == axisCount, axisCount < input.rank else {
      throw BrickError(
        .invalidConfiguration, "normalizes the last \(axisCount) axes, which need known extents, got \(input.type)")
    }
    let leading = input.rank - axisCount
    func expanded(_ variable: Variable) throws -> Variable {
      try (0..<leading).reduce(variable) { variable, _ in try variable.expandingDimensions(at: 0) }
    }
    let axes = TensorDescription.exampleAxes(axisCount)
    var output = try input.normalized(over: Array(leading..<input.rank), epsilon: epsilon)
    if learnsScale {
      output = try output * expanded(scope.parameter("scale", shape: shape, initialization: .constant(1), axes: axes))
    }
    if learnsShift {
      output =
        try output
        + expanded(scope.parameter("shift", shape: shape, role: .bias, initialization: .constant(0), axes: axes))
    }
    return output
  }
}

/// Normalizes groups of channels of each example by their own mean and deviation (Wu and He, arXiv 1803.08494).
///
/// The input is (batch, channels, …). With as many groups as channels, this is instance normalization. There are no population statistics.
public struct GroupNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// The number of groups, a divisor of the number of channels.
  public var groupCount: Int
  /// ε, added to the variance under the square root.
  public var epsilon: Double

  /// Creates a normalization of groups of channels. The scale of each channel starts as 1, and its shift as 0.
  public init(_ groupCount: Int, epsilon: Double = 1e-5, name: String = "groupnormalization") {
    self.name = name
    self.groupCount = groupCount
    self.epsilon = epsilon
  }

  /// Records the normalization.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the groups do not divide the channels, or an extent is unknown.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let shape = input.shape.dropFirst().compactMap(\.fixed)
    guard let channels = shape.first, shape.count == input.rank - 1, groupCount >= 1,
      channels.isMultiple(of: groupCount)
    else {
      throw BrickError(
        .invalidConfiguration,
        "cannot divide the channels of its input (batch, channels, …) into \(groupCount) groups, got \(input.type)")
    }
    let grouped = try input.reshaped(to: [groupCount, channels / groupCount] + shape.dropFirst())
    let output = try grouped.normalized(over: Array(2..<grouped.rank), epsilon: epsilon).reshaped(to: shape)
    func expanded(_ variable: Variable) throws -> Variable {
      try (1..<shape.count).reduce(variable.expandingDimensions(at: 0)) { variable, axis in
        try variable.expandingDimensions(at: axis + 1)
      }
    }
    let scale = try scope.parameter("scale", shape: [channels], initialization: .constant(1), axes: ["channel"])
    let shift = try scope.parameter(
      "shift", shape: [channels], role: .bias, initialization: .constant(0), axes: ["channel"])
    return try output * expanded(scale) + expanded(shift)
  }
}

extension GroupNormalization: ImageBrick {
  /// The same normalization, which fits images of every shape.
  public func configured(for image: ImageShape?, _ options: ConvolutionOptions) -> GroupNormalization { self }
  /// The same shape: a normalization changes no shape.
  public func outputShape(of image: ImageShape) -> ImageShape { image }
}

extension Variable {
  /// (x − mean) / √(variance + ε) over some axes, with the biased variance.
  fileprivate func normalized(over axes: [Int], epsilon: Double) throws(GraphError) -> Variable {
    let mean = try reduced(.mean, over: axes, keepingDimensions: true)
    let variance = try reduced(.variance, over: axes, keepingDimensions: true)
    return try (self - mean) / (variance + epsilon).applying(.squareRoot)
  }
}
