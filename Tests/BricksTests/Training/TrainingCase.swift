import Bricks
import Testing

/// A network with normalizations, which is built in either mode or in a mixture of both.
struct TrainingCase: Sendable, CustomTestStringConvertible {
  let name: String
  let bricks: [any Brick]
  let shape: [Extent]
  /// Per-step statistics outside of loops are applied at this step.
  var step: Int?
  let record: @Sendable (inout Scope, Variable) throws -> [Variable]

  var testDescription: String { name }

  init(
    _ name: String, _ bricks: [any Brick], _ shape: [Extent], step: Int? = nil,
    _ record: @escaping @Sendable (inout Scope, Variable) throws -> [Variable]
  ) {
    (self.name, self.bricks, self.shape, self.step, self.record) = (name, bricks, shape, step, record)
  }

  /// One brick, applied once.
  init(_ name: String, _ brick: any Brick, _ shape: [Extent], step: Int? = nil) {
    self.init(name, [brick], shape, step: step) { scope, x in [try scope.apply(brick, to: x)] }
  }

  /// The model with the normalizations below some paths in training mode from the start; the empty path means all.
  func model(inTraining paths: [Name] = []) throws -> Model {
    try Model(bricks, scalar: .float64, seed: 3) { scope in
      scope.timeStep = step.map(TimeStep.constant)
      let x = try scope.builder.input("x", VariableType(.float64, shape))
      var build: (inout Scope) throws -> [Variable] = { try record(&$0, x) }
      for path in paths {
        let inner = build
        build = { scope in try scope.builder.inTraining(brick: path) { try inner(&scope) } }
      }
      return NamedVariables(try build(&scope).enumerated().map { ("y\($0)", $1) })
    }
  }

  /// The paths of the bricks that normalize.
  func normalizations() throws -> [Name] {
    var seen: Set<Name> = []
    return try model().graph.allCalls.filter { $0.normalization != nil }.map(\.brick).filter {
      seen.insert($0).inserted
    }
  }

  /// Numbers for the input: batches of 6, sequences of 5.
  func input() throws -> Tensor {
    try uniformInput(shape.map { extent in extent.fixed ?? (extent == "time" ? 5 : 6) })
  }
}

/// s' = BN(s·W + x) in a loop, forwards or backwards, with an optional second normalization in a loop inside.
struct LoopedNormalization: Brick {
  var linear = Linear(3, 3, weightsInitialization: .uniform(width: 1))
  var normalization: BatchNormalization
  var innermost: BatchNormalization?
  var isReversed = false

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let start = try input.reduced(.mean, over: [0])
    return try scope.scan(sequences: [input], states: [start], isReversed: isReversed) { inner, step in
      let mixed = try inner.apply(linear, to: step.states[0]) + step.sequences[0]
      var normalized = try inner.apply(normalization, to: mixed)
      if let innermost {
        normalized = try inner.scan(states: [normalized], stepCount: 3) { second, repetition in
          let scaled = try repetition.states[0] * step.sequences[0]
          return ([try second.apply(innermost, to: scaled).applying(.hyperbolicTangent)], [])
        }.states[0].reduced(.sum, over: [0])
      }
      return ([normalized], [])
    }.states[0]
  }
}

extension TrainingCase {
  private static let weights = Initialization.uniform(width: 1)

  static let all: [TrainingCase] =
    normalizations + networks + images + [repeated, interleaved]
    + sequences.map { name, brick in
      TrainingCase(name, brick, ["time", "batch", 3])
    }

  private static var normalizations: [TrainingCase] {
    [
      ("plain", BatchNormalization()), ("mean only", BatchNormalization(meanOnly: true)),
      ("without scale and shift", BatchNormalization(learnsScale: false, learnsShift: false)),
      ("not conserving memory", BatchNormalization(conservesMemory: false)),
      (
        "mean only, not conserving memory, no shift",
        BatchNormalization(conservesMemory: false, meanOnly: true, learnsShift: false)
      ),
      ("over the features", BatchNormalization(broadcastable: [true])),
      ("epsilon 0.5", BatchNormalization(epsilon: 0.5)),
    ].map { TrainingCase($0.0, $0.1, ["batch", 3]) } + [
      TrainingCase("per step", BatchNormalization(timeSteps: 4), ["batch", 3], step: 2),
      TrainingCase("per step, past the end", BatchNormalization(timeSteps: 2), ["batch", 3], step: 7),
    ]
  }

  private static var networks: [TrainingCase] {
    [
      TrainingCase(
        "stacked",
        Sequential([
          BatchNormalization(name: "n0"), Linear(3, 4, weightsInitialization: weights), BatchNormalization(name: "n1"),
          Softplus(), BatchNormalization(meanOnly: true, name: "n2"), Softmax(), BatchNormalization(name: "n3"),
        ]), ["batch", 3]),
      TrainingCase(
        "perceptron",
        BatchNormalizedMLP(
          activations: [.tanh, nil, .logistic], dimensions: [3, 4, 5, 2], usesBias: true, weightsInitialization: weights
        ),
        ["batch", 3]),
      TrainingCase(
        "perceptron, mean only",
        BatchNormalizedMLP(
          activations: [.rectifier, .tanh], dimensions: [3, 4, 5], weightsInitialization: weights,
          normalization: BatchNormalization(conservesMemory: false, meanOnly: true)), ["batch", 3]),
      TrainingCase(
        "a user's brick",
        Residual(
          inner: Sequential([BatchNormalization(), LeakyRectifier(), Linear(3, 3, weightsInitialization: weights)])),
        ["batch", 3]),
      TrainingCase(
        "perceptron with biases between",
        Sequential([
          MLP(activations: [.identity], dimensions: [3, 2], weightsInitialization: weights), Bias(2),
          BatchNormalization(),
        ]),
        ["batch", 3]),
    ]
  }

  private static var images: [TrainingCase] {
    [
      TrainingCase("spatial", SpatialBatchNormalization(), ["batch", 2, 4, 3]),
      TrainingCase(
        "convolutions",
        ConvolutionalSequence(
          [
            SpatialBatchNormalization(name: "n0"), Convolutional(filterSize: 3, filterCount: 2, name: "c0"),
            BatchNormalization(broadcastable: [false, true, true], name: "n1"), MaxPooling(2, step: 1),
            SpatialBatchNormalization(normalization: BatchNormalization(meanOnly: true), name: "n2"), AveragePooling(2),
            Flattener(), BatchNormalization(name: "n3"),
          ], weightsInitialization: weights), ["batch", 2, 7, 6]),
    ]
  }

  /// One brick over and over, on its own output.
  private static var repeated: TrainingCase {
    let brick = BatchNormalization(name: "again")
    return TrainingCase("repeated", [brick], ["batch", 3]) { scope, x in
      try (0..<3).reduce(into: [x]) { values, _ in
        values.append(try scope.apply(brick, to: (values[values.count - 1] * 2).applying(.square)))
      }
    }
  }

  /// Two bricks in turn, one of them with statistics for each step, and a loop that uses one of them again.
  private static var interleaved: TrainingCase {
    let (shared, stepped) = (BatchNormalization(name: "shared"), BatchNormalization(timeSteps: 3, name: "stepped"))
    return TrainingCase("by turns, outside and inside of a loop", [shared, stepped], ["time", "batch", 3]) { scope, x in
      let first = try scope.apply(shared, to: x.reduced(.maximum, over: [0]))
      let second = try scope.apply(stepped, to: first.applying(.square), at: .constant(1))
      let loop = try scope.scan(sequences: [x], states: [second]) { inner, step in
        let value = try inner.apply(stepped, to: step.states[0] + step.sequences[0])
        return ([try inner.apply(shared, to: value.applying(.square))], [])
      }.states[0]
      return [first, second, loop]
    }
  }

  private static var sequences: [(String, any Brick)] {
    let lstm = BatchNormalizedLSTM(3, timeSteps: 4, weightsInitialization: weights)
    return [
      ("in a loop, shared", LoopedNormalization(normalization: BatchNormalization())),
      (
        "in a loop, per step, reversed",
        LoopedNormalization(normalization: BatchNormalization(timeSteps: 3), isReversed: true)
      ),
      ("in a loop, mean only", LoopedNormalization(normalization: BatchNormalization(timeSteps: 5, meanOnly: true))),
      (
        "in loops in loops",
        LoopedNormalization(
          normalization: BatchNormalization(meanOnly: true, name: "outer"),
          innermost: BatchNormalization(timeSteps: 3, name: "inner"))
      ),
      (
        "in loops in loops, the inner mean only",
        LoopedNormalization(
          normalization: BatchNormalization(timeSteps: 4, name: "outer"),
          innermost: BatchNormalization(meanOnly: true, name: "inner"))
      ),
      ("batch-normalized LSTM", lstm), ("in both directions", Bidirectional(lstm)),
      (
        "recurrence on normalized inputs",
        Sequential([
          BatchNormalization(broadcastable: [true, false], name: "wide"), Linear(3, 12, weightsInitialization: weights),
          LSTM(3, weightsInitialization: weights), SimpleRecurrent(3, weightsInitialization: weights),
          BatchNormalization(broadcastable: [true, false]),
        ])
      ),
    ]
  }
}
