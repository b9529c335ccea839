import Bricks
import Testing

/// A network to fold, its input, and the normalizations that must stay, with the reasons.
struct FoldingCase: Sendable, CustomTestStringConvertible {
  let name: String
  let brick: any Brick
  let input: ModelInput
  /// A part of the path and of the reason, for each normalization that stays.
  var kept: [(brick: Name, reason: String)] = []

  var testDescription: String { name }

  /// The model in double or single precision with random parameters and statistics, all estimated.
  func model(_ scalar: ScalarType = .float64) throws -> Model {
    var model = try Model(brick, input: input, scalar: scalar, seed: 5)
    try model.randomize()
    return model
  }

  func batch(_ scalar: ScalarType = .float64) throws -> Tensor {
    try uniformInput([3] + input.shape, seed: 9, type: scalar)
  }
}

extension Model {
  /// Gives every saved tensor random values, with standard deviations of at least a half, and every statistic an origin with these
  /// parameters.
  mutating func randomize() throws {
    var generator = TestGenerator(state: 77)
    func values(of path: TensorPath, in range: Range<Double>) throws -> Tensor {
      let current = try tensor(path)
      return try Tensor(current.doubles.map { _ in Double.random(in: range, using: &generator) }, shape: current.shape)
        .converted(to: current.type)
    }
    for (path, _) in graph.savedTensors where path.collection == .parameters {
      try set(path, to: values(of: path, in: -1..<1))
    }
    let digest = parametersDigest
    for (path, variable) in graph.savedTensors where path.collection == .statistics {
      guard var origin = origins[path] else { continue }
      origin.observationCounts = origin.observationCounts.map { _ in 9 }
      origin.parametersDigest = digest
      let isDeviation = variable.roles.contains(refining: .populationStandardDeviation)
      try setStatistic(path, to: values(of: path, in: isDeviation ? 0.5..<2 : -1..<1), origin: origin)
    }
  }
}

/// A brick that applies two linear maps to one normalized input, and adds the results.
struct Fork: Brick {
  var norm = BatchNormalization()
  var left = Linear(4, 3, name: "left")
  var right = Linear(4, 3, usesBias: false, name: "right")

  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    let normalized = try scope.apply(norm, to: x)
    return try scope.apply(left, to: normalized) + scope.apply(right, to: normalized)
  }
}

/// A brick that uses what it normalizes a second time, or its linear map twice.
struct Reuse: Brick {
  var linear = Linear(4, 4)
  var norm = BatchNormalization()
  var appliesTwice = false

  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    let first = try scope.apply(linear, to: x)
    let normalized = try scope.apply(norm, to: first)
    return try appliesTwice ? scope.apply(linear, to: normalized) : normalized + first
  }
}

/// A recurrence s' = tanh(BN(s · W)) + x with one set of statistics for all steps, over (batch, time, 4).
struct NormalizedLoop: Brick {
  var linear = Linear(4, 4, usesBias: false)
  var norm = BatchNormalization()

  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    let rows = try x.transposed([1, 0, 2])
    let first = try rows.slicing(axis: 0, from: 0, count: 1).reduced(.sum, over: [0])
    return try scope.scan(sequences: [rows], states: [first]) { inner, step in
      let normalized = try inner.apply(norm, to: inner.apply(linear, to: step.states[0]))
      return (states: [try normalized.applying(.hyperbolicTangent) + step.sequences[0]], outputs: [])
    }.states[0]
  }
}

/// A convolution with one number added for each column.
struct AlongWidth: Brick {
  var convolution = Convolutional(filterSize: 1, filterCount: 3, usesBias: false)

  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    let columns = try scope.parameter("c", shape: [3], role: .bias, initialization: .constant(0), axes: ["width"])
    return try scope.apply(convolution, to: x) + columns
  }
}
