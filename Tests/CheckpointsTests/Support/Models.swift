import Bricks

@testable import Checkpoints

/// A normalization that applies itself at a constant time step.
struct StepwiseNetwork: Brick {
  var name = "stepwise"
  var linear = Linear(3, 4)
  var normalization = BatchNormalization([4], epsilon: 1e-3, timeSteps: 3)

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let value = try scope.apply(linear, to: input)
    return try scope.apply(normalization, to: value, at: scope.timeStep ?? .constant(1))
  }
}

/// Declares tensors that the computation does not use: some with user-defined roles, and one without elements.
struct Collector: Brick {
  var name = "collector"
  static let attention = Role("ATTENTION_WEIGHT", refining: .weight)
  static let gate = Role("GATE", refining: attention)

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    _ = try scope.parameter(
      "unused", shape: [2, 3], role: Self.gate, initialization: .uniform(mean: 0, width: 1), axes: ["head", "head"])
    _ = try scope.parameter("empty", shape: [0, 3], initialization: .constant(0), axes: ["nothing", "input"])
    _ = try scope.parameter("scalar", shape: [], initialization: .constant(3), axes: [])
    scope.setMetadata("heads", .integer(2))
    return input
  }
}

/// A saved number that is not a parameter, and a user-defined kind of standard deviation.
struct Anomalous: Brick {
  var name = "anomalous"
  static let spread = Role("ROBUST_SPREAD", refining: .populationStandardDeviation)

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let spread = try scope.populationStatistic(
      "spread", shape: [3], role: Self.spread, value: 2, epsilon: 0, steps: nil, axes: ["channel"],
      broadcastable: [false])
    return try input / spread
  }
}

/// Models of every kind that checkpoints hold, by name.
enum ModelCase: String, CaseIterable, Codable {
  case perceptron, float64, severalBricks, timeSteps, timeStepInput, meanOnly, images, unusedTensors, userStatistic,
    unicode, noTensors, loops, masked, convolutional, glimpse

  func model() throws -> Model {
    switch self {
    case .perceptron: try perceptron(.float32)
    case .float64: try perceptron(.float64)
    case .severalBricks:
      try Model([Linear(3, 2, name: "left"), Linear(3, 2, name: "right")], seed: 3) { scope in
        let features = try scope.input(.features(3))
        let left = try scope.apply(Linear(3, 2, name: "left"), to: features)
        let right = try scope.apply(Linear(3, 2, name: "right"), to: features)
        return ["sum": try left + right, "left": try left * 0.1]
      }
    case .timeSteps: try Model(StepwiseNetwork(), input: .features(3), seed: 4)
    case .timeStepInput: try Model(StepwiseNetwork(), input: .features(3), withTimeStep: true, seed: 4)
    case .meanOnly: try Model(BatchNormalization([3], meanOnly: true), input: .features(3), seed: 5)
    case .images:
      try Model(
        BatchNormalization(broadcastable: [false, true, true]), input: .images(channels: 3, height: 2, width: 2),
        seed: 6)
    case .unusedTensors: try Model(Collector(), input: .features(3), seed: 7)
    case .userStatistic: try Model(Anomalous(), input: .features(3), seed: 8)
    case .unicode: try Model(Linear(3, 2, name: "größe #1 一"), input: .features(3), seed: 9)
    case .loops: try LoopingNetwork.model()
    case .masked:
      try Model([maskedBrick], scalar: .float64, seed: 13) { scope in
        let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 3]))
        let numbers = try scope.builder.input("mask", VariableType(.float64, ["time", "batch"]))
        let mask = try numbers.compared(with: numbers.reduced(.mean, over: [0, 1]), by: .greater)
        let states = try scope.apply(maskedBrick, to: RecurrentInputs(x, mask: mask))[0]
        let column = try mask.expandingDimensions(at: 2)
        return [
          "states": states, "variance": try x.reduced(.variance, over: [0, 1], where: column),
          "mean": try states.reduced(.mean, over: [0], where: column, keepingDimensions: true),
        ]
      }
    case .noTensors: try Model(Tanh(), input: .features(3), seed: 10)
    case .convolutional:
      try Model(
        ConvolutionalSequence(
          [
            Convolutional(filterSize: SpatialExtents(3, 2), filterCount: 4, step: SpatialExtents(1, 2), groups: 2),
            SpatialBatchNormalization(), Rectifier(), AveragePooling(2, padding: 1, includesPadding: true),
            BatchNormalization(name: "pointwise"), MaxPooling(2, step: 1, ignoresBorder: false), Flattener(),
          ], image: ImageShape(channelCount: 2), borderMode: .half, tiesBiases: false,
          weightsInitialization: .isotropicGaussian(standardDeviation: 1)),
        input: .images(channels: 2, height: 7, width: 6), seed: 11)
    case .glimpse:
      try Model([Linear(6, 6)], scalar: .float64, seed: 12) { scope in
        let images = try scope.input(.images(channels: 2, height: 7, width: 6))
        let location = try scope.apply(Linear(6, 6), to: scope.input(.features(6)))
        return ["glimpse": try images.affineGlimpse(at: location, extents: SpatialExtents(3, 5))]
      }
    }
  }

  private var maskedBrick: BatchNormalizedLSTM { BatchNormalizedLSTM(2, timeSteps: 2, inputStatistics: .sequenceWise) }

  private func perceptron(_ scalar: ScalarType) throws -> Model {
    try Model(
      BatchNormalizedMLP(activations: [Tanh(), nil], dimensions: [3, 4, 2], usesBias: true), input: .features(3),
      output: "logits", scalar: scalar, seed: 2)
  }

  /// An input for every name.
  func inputs(of model: Model) throws -> [Name: Tensor] {
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.variables[port.variable].type
      inputs[port.name] =
        type.scalar == .int64
        ? try Tensor([Int64(2)], shape: []) : try ramp(Shape(type.shape.map { $0.fixed ?? 5 }), type: type.scalar)
    }
    return inputs
  }
}

/// The model with statistics that were estimated, one of them with other parameters.
func estimated(_ model: Model) throws -> Model {
  var model = model
  for (index, path) in model.origins.keys.sorted().enumerated() {
    guard var origin = model.origins[path] else { continue }
    origin.observationCounts = origin.observationCounts.map { _ in 640 }
    origin.estimator = "pooled"
    origin.records = 5
    origin.parametersDigest = index % 2 == 0 ? model.parametersDigest : Digest(of: "other parameters")
    let tensor = try model.tensor(path)
    try model.setStatistic(path, to: ramp(tensor.shape, type: tensor.type, from: 0.1, step: 0.01), origin: origin)
  }
  return model
}
