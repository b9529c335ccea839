import Bricks
import Synchronization
import Testing

/// One case of fixtures/random: a network, values, and the results of an independent program.
struct RandomCase: FixtureCase {
  struct Configuration: CaseConfiguration {
    struct Update: Decodable, Sendable {
      var population: Name
      var value: Name
      var shape: [Int]
      /// The extents in front of the statistic's own: how often each of the loops around runs.
      var loops: [Int]
      var counts: [Int]
      /// Per entry of `counts`, where statistics are per time step.
      var steps: [Int]?
      /// The statistics of all steps of a loop together, if there is one set for all steps.
      var pooled: Name?
    }
    var application: Name
    var model: [BrickDescription]
    var reverse: Bool?
    var step: Int?
    var isStepFed: Bool?
    var inputs: [Name]
    var parameters: [String: [Int]]
    var population: [String: [Int]]?
    var updates: [Update]
    /// Whether a brick is in training mode twice at one of its time steps.
    var repeatsTimeStep: Bool
    var arrays: [String: [Int]]
    /// The change of a result when everything is rounded to single precision, if it is large.
    var sensitivity: [String: Double]

    var minibatchValues: [String: [Int]] {
      var shapes: [String: [Int]] = [:]
      for update in updates {
        shapes[update.value.text] = update.shape
        if let pooled = update.pooled { shapes[pooled.text] = Array(update.shape.dropFirst(update.loops.count)) }
      }
      return shapes
    }
  }

  static let families = [
    "layers", "sequences", "normalization", "masked", "normalized-mlp", "convolution", "pooling", "spatial",
    "convolutional-sequence", "recurrent", "normalized-lstm", "ragged", "loops",
  ]

  let family: String
  let stored: StoredCase<Configuration>

  var testDescription: String { "\(family) \(name)" }

  /// The cases of all files, in order. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[RandomCase], any Error> = Result {
    try families.flatMap { family in
      try StoredCase<Configuration>.read("random/\(family).h5").map { RandomCase(family: family, stored: $0) }
    }
  }

  /// The tolerance |a − b| / (1 + |b|) of a result. In single precision, it is 1e-6, or twice the change of the result when the input
  /// of each brick is rounded, if that is more.
  func tolerance(_ result: Name, _ scalar: ScalarType) -> Double {
    scalar == .float64 ? 1e-12 : max(1e-6, 2 * (configuration.sensitivity[result.text] ?? 0))
  }
}

extension RandomCase {
  /// The models in inference mode by case and type. Several tests ask for each, and making one takes longer than running it.
  private static let models = Mutex<[String: Model]>([:])

  /// The model with the case's values.
  func model(_ scalar: ScalarType, inTraining: Bool = false) throws -> Model {
    guard !inTraining else { return try newModel(scalar, inTraining: true) }
    let key = "\(testDescription) \(scalar)"
    if let model = Self.models.withLock({ $0[key] }) { return model }
    let model = try newModel(scalar, inTraining: false)
    Self.models.withLock { $0[key] = model }
    return model
  }

  private func newModel(_ scalar: ScalarType, inTraining: Bool) throws -> Model {
    let bricks = try configuration.model.map { try $0.built() }
    var model = try Model(bricks, scalar: scalar, seed: 1) { scope in
      let inputs = try inputs(in: scope)
      return inTraining
        ? try scope.builder.inTraining { try record(bricks, inputs, in: &scope) }
        : try record(bricks, inputs, in: &scope)
    }
    for (path, value) in parameters.merging(population, uniquingKeysWith: { $1 }) {
      try model.set(path, to: value.doubles)
    }
    return model
  }

  /// The values of the model's inputs.
  func feed(_ scalar: ScalarType) throws -> [Name: Tensor] {
    var feed: [Name: Tensor] = [:]
    for name in configuration.inputs { feed[name] = try #require(arrays[name]).converted(to: scalar) }
    if configuration.isStepFed == true { feed["step"] = try Tensor([Int64(#require(configuration.step))], shape: []) }
    return feed
  }

  private func inputs(in scope: Scope) throws -> [Name: Variable] {
    var inputs: [Name: Variable] = [:]
    for name in configuration.inputs {
      let isInitial = name == "initial" || name.hasPrefix("given_")
      let leading: [Extent] =
        configuration.application == "feed_forward" || isInitial ? ["batch"] : ["time", "batch"]
      let shape = try #require(configuration.arrays[name.text])
      inputs[name] = try scope.builder.input(
        name, VariableType(scope.scalar, leading + shape.dropFirst(leading.count).map(Extent.fixed)))
    }
    return inputs
  }

  private func record(
    _ bricks: [any Brick], _ inputs: [Name: Variable], in scope: inout Scope
  ) throws -> NamedVariables {
    let brick = bricks[0]
    func input(_ name: Name) throws -> Variable { try #require(inputs[name]) }
    switch configuration.application {
    case "feed_forward":
      if let step = configuration.step {
        scope.timeStep =
          configuration.isStepFed == true
          ? .variable(try scope.builder.input("step", VariableType(.int64, []))) : .constant(step)
      }
      scope.mask = inputs["mask"]
      return ["y": try scope.apply(bricks, to: input("x"))]
    case "sequence":
      let normalization = try #require(brick as? BatchNormalization)
      return ["y": try scope.apply(normalization, toSequence: input("x"), mask: inputs["mask"])]
    case "recurrent":
      let given = ["given_states", "given_cells"].compactMap { inputs[$0] }
      let recurrentInputs = RecurrentInputs(
        try input("inputs"), gates: inputs["gate_inputs"], mask: inputs["mask"],
        initialStates: given.isEmpty ? nil : given, isReversed: configuration.reverse ?? false)
      return NamedVariables(
        try zip(["states", "cells"], states(of: brick, recurrentInputs, in: &scope)).map { (name: $0, variable: $1) })
    case "loop":
      let loop = try #require(brick as? Loop)
      let results = try scope.call(loop, "apply", on: [input("inputs"), input("initial")]) { operands, scope in
        try loop.results(operands[0], mask: inputs["mask"], from: operands[1], in: &scope)
      }
      return ["states": results[0], "y": results[1]]
    default: throw UnknownName(name: configuration.application.text)
    }
  }

  private func states(
    of brick: any Brick, _ inputs: RecurrentInputs, in scope: inout Scope
  ) throws -> [Variable] {
    if let brick = brick as? Bidirectional { return try scope.apply(brick, to: inputs) }
    let brick: any Recurrent = try #require(brick as? any Recurrent)
    return try scope.apply(brick, to: inputs)
  }
}

extension RandomCase.Configuration.Update {
  /// The brick's path.
  var brick: Name { population.splitAtFirst(".")?.before ?? population }
}
