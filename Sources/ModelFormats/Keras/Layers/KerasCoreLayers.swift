import ComputationGraphs
import Names

/// A layer that is an activation function.
struct KerasActivationLayer: KerasOperation {
  let activation: KerasActivation
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    if case .softmax = activation, value.mask != nil {
      throw scope.problem("a Softmax over masked steps is not supported", .unsupported)
    }
    return [try activation.applied(to: value)]
  }
}

/// A layer that computes the parametric rectifier max(x, 0) + α · min(x, 0).
struct KerasPReLU: KerasOperation {
  var weights: [KerasWeight] { [KerasWeight("alpha", as: "alpha", .parameter, axes: [])] }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    // An extent of 1 means that the number is the same for the whole axis.
    let extents = value.shape.dropFirst().map(\.fixed)
    let alpha = try scope.weight("alpha", shape: extents.map { _ in nil })
    for (own, extent) in zip(alpha.shape, extents) where own != .fixed(1) && own.fixed != extent {
      throw scope.problem("the weight alpha is \(alpha.type), which does not fit \(value.variable.type)")
    }
    let aligned = try value.aligned(alpha)
    return [try value.applying { try $0.applying(.rectify) - aligned * (-$0).applying(.rectify) }]
  }
}

/// A layer that does nothing in inference mode.
struct KerasIdentity: KerasOperation {
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] { [try inputs.single()] }
}

/// A linear map of the last axis, with an activation.
struct KerasDense: KerasOperation {
  let units: Int
  let usesBias: Bool
  let activation: KerasActivation

  init(_ configuration: KerasConfiguration) throws {
    units = try configuration.count("units")
    usesBias = try configuration.boolean("use_bias", default: true)
    activation = try KerasActivation(configuration)
    try configuration.refuse("lora_rank", because: "merge the low-rank weights into the kernel first")
    try configuration.refuse("quantization_config", because: "save the model without quantization")
  }

  var weights: [KerasWeight] {
    [KerasWeight("kernel", as: "W", .weight, axes: ["input", "output"])] + (usesBias ? [.bias()] : [])
  }
  var passesMask: Bool { true }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single().ordered(withChannelsInFront: false)
    guard value.rank >= 2, let width = value.shape.last?.fixed else {
      throw scope.problem(
        "the input \(value.variable.type) has no known number of features on its last axis", .incomplete)
    }
    let kernel = try scope.weight("kernel", shape: [width, units])
    var output = try value.variable.matrixMultiplied(by: kernel)
    if usesBias { output = try output + scope.weight("bias", shape: [units]) }
    return [try activation.applied(to: value.replacing(output))]
  }
}

/// A layer that selects rows of a table by integers.
struct KerasEmbedding: KerasOperation {
  let count: Int
  let width: Int
  let masksZero: Bool

  init(_ configuration: KerasConfiguration) throws {
    count = try configuration.count("input_dim")
    width = try configuration.count("output_dim")
    masksZero = try configuration.boolean("mask_zero", default: false)
    try configuration.refuse("lora_rank", because: "merge the low-rank weights into the table first")
    try configuration.refuse("quantization_config", because: "save the model without quantization")
  }

  var weights: [KerasWeight] { [KerasWeight("embeddings", as: "W", .weight, axes: ["row", "feature"])] }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let rows = try inputs.single().inKerasOrder()
    guard rows.type.scalar == .int64 else {
      throw scope.problem(
        "the Embedding is applied to computed numbers, but only integers of an input can select rows", .unsupported)
    }
    let table = try scope.weight("embeddings", shape: [count, width])
    var value = KerasValue(try table.gatheringRows(rows))
    if masksZero {
      value.mask = try scope.number(rows.compared(with: scope.builder.constant(0, .int64), by: .notEqual))
    }
    return [value]
  }
}

/// A layer that masks the steps whose features are all equal to a number. They become 0, and later layers skip them.
struct KerasMasking: KerasOperation {
  let maskedValue: Double

  init(_ configuration: KerasConfiguration) throws {
    maskedValue = try configuration.number("mask_value", default: 0)
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let variable = try inputs.single().inKerasOrder()
    guard variable.rank >= 2 else { throw scope.problem("the input \(variable.type) has no steps to mask") }
    let last = variable.rank - 1
    let isPresent = try variable.compared(with: scope.constant(maskedValue), by: .notEqual)
      .reduced(.maximum, over: [last], keepingDimensions: true)
    let output = try isPresent.selecting(variable, else: scope.constant(0))
    return [KerasValue(output, mask: try isPresent.reduced(.maximum, over: [last]))]
  }
}
