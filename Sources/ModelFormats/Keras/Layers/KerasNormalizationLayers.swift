import ComputationGraphs
import JSON
import Names
import Tensors

/// Batch normalization in inference mode.
struct KerasBatchNormalization: KerasOperation {
  let axis: Int
  let epsilon: Double
  let hasScale: Bool
  let hasShift: Bool
  /// Whether the layer is frozen, so that it uses its moving statistics in training, too.
  let isFrozen: Bool

  init(_ configuration: KerasConfiguration) throws {
    let axes = try configuration.integers("axis", default: [-1])
    guard axes.count == 1 else {
      throw configuration.problem(
        "a BatchNormalization over the axes \(axes) is not supported; use one axis", .unsupported)
    }
    axis = axes[0]
    epsilon = try configuration.number("epsilon", default: 1e-3)
    guard epsilon >= 0 else { throw configuration.problem("\"epsilon\" is \(epsilon); it must be at least 0") }
    hasScale = try configuration.boolean("scale", default: true)
    hasShift = try configuration.boolean("center", default: true)
    isFrozen = try !configuration.boolean("trainable", default: true)
    try configuration.refuse("renorm", because: "batch renormalization is not supported")
  }

  var weights: [KerasWeight] {
    func weight(_ name: Name, _ tensor: Name, _ role: Role, _ meaning: KerasWeight.Meaning? = nil) -> KerasWeight {
      KerasWeight(
        name, as: tensor, role, axes: ["channel"], KerasConversion(steps: [.channels]), isTrainable: meaning == nil,
        meaning: isFrozen ? .plain : meaning ?? .plain)
    }
    return (hasScale ? [weight("gamma", "batch_norm_scale", .batchNormalizationScale)] : [])
      + (hasShift ? [weight("beta", "batch_norm_shift", .batchNormalizationShift)] : [])
      + [
        weight(
          "moving_mean", isFrozen ? "moving_mean" : "population_mean", isFrozen ? .persistent : .populationMean, .plain),
        weight("moving_variance", "moving_variance", .persistent, .variance),
      ]
  }
  var passesMask: Bool { true }
  var recordsOwnCall: Bool { !isFrozen }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var value = try inputs.single()
    // The first application determines the order of the statistics' axes. Other applications must have the same order.
    let isInFront = scope.trace.normalizationOrders[scope.path] ?? value.hasChannelsInFront
    value = try value.ordered(withChannelsInFront: isInFront)
    scope.trace.normalizationOrders[scope.path] = value.hasChannelsInFront
    let axis = try value.axis(axis)
    guard axis > 0, let width = value.variable.shape[axis].fixed else {
      throw scope.problem(
        "the normalized axis \(self.axis) of \(value.variable.type) must come after the batch, and have a known extent")
    }
    guard !isFrozen else { return [value.replacing(try frozen(value.variable, axis: axis, width: width, in: scope))] }
    let mask = try value.elementMask().map(scope.builder.adopted)
    // In Keras's training, such a mask leaves a different number of observations for each feature.
    let isAlongAxis = mask.map { $0.shape[axis] != .fixed(1) } ?? false
    if isAlongAxis {
      scope.trace.note(
        "\(scope.path) normalizes axis \(self.axis), along which its mask leaves out steps: each feature has its own number of "
          + "observations, so its statistics cannot be estimated from data here")
    }
    return [
      value.replacing(
        try scope.trace.assembly.normalize(
          value.variable, axis: axis, by: normalization(width: width, in: scope),
          where: isAlongAxis ? nil : mask, isInferenceOnly: isAlongAxis, in: scope.builder))
    ]
  }

  /// Returns the numbers of the normalization in the file.
  private func normalization(width: Int, in scope: KerasScope) throws -> ForeignNormalization {
    func value(_ name: Name) throws -> ModelAssembly.Value {
      let source = try scope.source(of: name, shape: [width])
      return ModelAssembly.Value(source.tensor, source: source.name)
    }
    return ForeignNormalization(
      brick: scope.path, type: scope.layer.className, configuration: scope.layer.configuration, epsilon: epsilon,
      scale: hasScale ? try value("gamma") : nil, shift: hasShift ? try value("beta") : nil,
      mean: try value("moving_mean"), variance: try value("moving_variance"))
  }

  /// Records a frozen normalization, which always uses its moving statistics.
  private func frozen(_ input: Variable, axis: Int, width: Int, in scope: KerasScope) throws -> Variable {
    scope.trace.note(
      "\(scope.path) is frozen (trainable = false): it uses its moving statistics in training, too, so it has no population "
        + "statistics")
    func spread(_ name: Name) throws -> Variable { try scope.channels(name, width, along: axis, of: input) }
    var output = try (input - spread("moving_mean")) / (spread("moving_variance") + epsilon).applying(.squareRoot)
    if hasScale { output = try output * spread("gamma") }
    if hasShift { output = try output + spread("beta") }
    return output
  }
}

extension KerasScope {
  /// Returns a weight with one number for each channel, and reshapes it so that it broadcasts along an axis of an input.
  fileprivate func channels(_ name: Name, _ width: Int, along axis: Int, of input: Variable) throws -> Variable {
    var parameter = try weight(name, shape: [width])
    for _ in axis..<(input.rank - 1) { parameter = try parameter.expandingDimensions(at: parameter.rank) }
    return parameter
  }
}

/// A normalization by the mean and variance of each example's own elements along some axes.
struct KerasLayerNormalization: KerasOperation {
  let axes: [Int]
  let epsilon: Double
  let hasScale: Bool
  let hasShift: Bool
  let usesRootMeanSquare: Bool

  init(_ configuration: KerasConfiguration) throws {
    axes = try configuration.integers("axis", default: [-1])
    let isRootMeanSquare = configuration.className == "RMSNormalization"
    epsilon = try configuration.number("epsilon", default: isRootMeanSquare ? 1e-6 : 1e-3)
    hasScale = try configuration.boolean("scale", default: true)
    hasShift = try !isRootMeanSquare && configuration.boolean("center", default: true)
    usesRootMeanSquare = isRootMeanSquare
    try configuration.refuse("rms_scaling", because: "use an RMSNormalization")
  }

  var weights: [KerasWeight] {
    (hasScale ? [KerasWeight(usesRootMeanSquare ? "scale" : "gamma", as: "scale", .parameter, axes: ["feature"])] : [])
      + (hasShift ? [KerasWeight("beta", as: "shift", .bias, axes: ["feature"])] : [])
  }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single().ordered(withChannelsInFront: false)
    let input = value.variable
    let axes = try axes.map(value.axis).sorted()
    guard !axes.isEmpty, axes.allSatisfy({ $0 > 0 && input.shape[$0].fixed != nil }) else {
      throw scope.problem(
        "the normalized axes \(self.axes) of \(input.type) must be one or more axes after the batch, with known extents"
      )
    }
    var output: Variable
    if usesRootMeanSquare {
      let square = try input.applying(.square).reduced(.mean, over: axes, keepingDimensions: true)
      output = try input / (square + epsilon).applying(.squareRoot)
    } else {
      output = try input.standardized(over: axes, epsilon: epsilon)
    }
    let extents = axes.map { input.shape[$0].fixed }
    // A parameter has only the normalized axes. The other axes are inserted with extent 1.
    func spread(_ parameter: Variable) throws -> Variable {
      var parameter = parameter
      for axis in (axes[0]..<value.rank) where !axes.contains(axis) {
        parameter = try parameter.expandingDimensions(at: axis - axes[0])
      }
      return parameter
    }
    if hasScale { output = try output * spread(scope.weight(weights[0].name, shape: extents)) }
    if hasShift { output = try output + spread(scope.weight("beta", shape: extents)) }
    return [value.replacing(output)]
  }
}

/// A normalization by the mean and variance of groups of channels of each example.
struct KerasGroupNormalization: KerasOperation {
  let groups: Int
  let axis: Int
  let epsilon: Double
  let hasScale: Bool
  let hasShift: Bool

  init(_ configuration: KerasConfiguration) throws {
    groups = try configuration.integer("groups", default: 32)
    axis = try configuration.integer("axis", default: -1)
    epsilon = try configuration.number("epsilon", default: 1e-3)
    hasScale = try configuration.boolean("scale", default: true)
    hasShift = try configuration.boolean("center", default: true)
  }

  var weights: [KerasWeight] {
    (hasScale ? [KerasWeight("gamma", as: "scale", .parameter, axes: ["channel"])] : [])
      + (hasShift ? [KerasWeight("beta", as: "shift", .bias, axes: ["channel"])] : [])
  }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    let axis = try value.axis(axis)
    let extents = value.variable.shape.dropFirst().compactMap(\.fixed)
    guard axis > 0, extents.count == value.rank - 1 else {
      throw scope.problem(
        "the input \(value.variable.type) has unknown extents, or the axis \(self.axis) is the batch; give the model's input a "
          + "fixed shape, or normalize another axis", .incomplete)
    }
    let width = extents[axis - 1]
    // In Keras, −1 means one group for each channel.
    let groups = groups == -1 ? width : groups
    guard groups > 0, width % groups == 0 else {
      throw scope.problem("\(width) channels cannot be divided into \(groups) groups")
    }
    var grouped = extents
    grouped[axis - 1] = width / groups
    grouped.insert(groups, at: axis - 1)
    let reduced = (1...extents.count + 1).filter { $0 != axis }
    var output = try value.variable.reshaped(to: grouped).standardized(over: reduced, epsilon: epsilon)
      .reshaped(to: extents)
    func spread(_ name: Name) throws -> Variable { try scope.channels(name, width, along: axis, of: value.variable) }
    if hasScale { output = try output * spread("gamma") }
    if hasShift { output = try output + spread("beta") }
    return [value.replacing(output)]
  }
}

/// A layer that divides by the Euclidean norm along some axes.
struct KerasUnitNormalization: KerasOperation {
  let axes: [Int]
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    let axes = try axes.map(value.axis)
    return [try value.applying { try $0.scaledToUnitNorm(over: axes) }]
  }
}

extension Variable {
  /// Subtracts the mean from this variable, and divides the result by √(variance + ε).
  func standardized(over axes: [Int], epsilon: Double) throws -> Variable {
    let centered = try self - reduced(.mean, over: axes, keepingDimensions: true)
    let variance = try reduced(.variance, over: axes, keepingDimensions: true)
    return try centered / (variance + epsilon).applying(.squareRoot)
  }

  /// Divides this variable by its Euclidean norm, or by 1e-6 if the norm is smaller.
  func scaledToUnitNorm(over axes: [Int]) throws -> Variable {
    let square = try applying(.square).reduced(.sum, over: axes, keepingDimensions: true)
    let bounded = try builder.record(.binary(.maximum), square, builder.constant(1e-12, type.scalar))
    return try self / bounded.applying(.squareRoot)
  }
}
