import Bricks
import Foundation
import Testing

/// h' = tanh(BN(h·W) + x): a recurrence whose hidden term is normalized.
struct NormalizedRecurrence: Brick {
  var name = "recurrence"
  var normalization: BatchNormalization

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { input }

  func states(_ sequence: Variable, from initial: Variable, in scope: inout Scope) throws -> Variable {
    try scope.scan(sequences: [sequence], states: [initial]) { inner, step in
      let weights = try inner.parameter(
        "W", shape: [2, 2], role: .weight, initialization: .identity(1), axes: ["from", "to"])
      let term = try inner.apply(normalization, to: step.states[0].matrixMultiplied(by: weights))
      return ([try (term + step.sequences[0]).applying(.hyperbolicTangent)], [])
    }.states[0]
  }
}

/// fixtures/loops/statistics.json: the recurrence in NumPy; see tools/fixtures/loops.
struct LoopCase: Decodable, Sendable {
  struct Statistics: Decodable {
    let mean: [Double]
    let stdev: [Double]
  }
  struct Batch: Decodable {
    let size: Int
    let x: [Double]
    let inference: [Double]
    let training: [Double]
    let mean: [Double]
    let stdev: [Double]
  }
  let epsilon: Double
  let parameters: [String: [Double]]
  let populationMean: [Double]
  let populationStdev: [Double]
  let batches: [Batch]
  let pooledPerStep: Statistics
  let pooledOverSteps: Statistics

  /// The number of steps in the data; 3 have statistics of their own.
  static let steps = 4
  static let brick: Name = "/recurrence/batchnormalization"

  static func read() throws -> LoopCase {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(LoopCase.self, from: bytes(Repository.fixture("loops/statistics.json")))
  }

  /// The network with the case's parameters and, where statistics are per step, its population statistics.
  func model(
    timeSteps: Int? = 3, pastEnd: PastEndPolicy = .clampToLast, inTraining: Bool = false, scalar: ScalarType = .float64
  ) throws -> Model {
    let network = NormalizedRecurrence(
      normalization: BatchNormalization(epsilon: epsilon, timeSteps: timeSteps, pastEnd: pastEnd))
    var model = try Model([network], scalar: scalar, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(scalar, ["time", "batch", 2]))
      let initial = try scope.builder.input("initial", VariableType(scalar, ["batch", 2]))
      func record() throws -> [Variable] {
        try scope.call(network, "apply", on: [x, initial]) { inputs, scope in
          [try network.states(inputs[0], from: inputs[1], in: &scope)]
        }
      }
      return ["states": try (inTraining ? scope.builder.inTraining(record) : record())[0]]
    }
    let names: [String: Name] = [
      "W": "/recurrence.W", "scale": "\(Self.brick).batch_norm_scale", "shift": "\(Self.brick).batch_norm_shift",
    ]
    for (key, path) in names {
      let path = try model.path(path)
      let values = try #require(parameters[key])
      try model.set(path, to: Tensor(values, shape: model.tensor(path).shape).converted(to: scalar))
    }
    guard timeSteps != nil else { return model }
    return try model.estimated(
      mean: populationMean, deviation: populationStdev, counts: [9, 9, 9], digest: model.parametersDigest,
      brick: Self.brick, epsilon: epsilon)
  }

  /// The inputs of a model for a batch. Steps at the end can be left out.
  func inputs(_ batch: Batch, steps: Int = LoopCase.steps, scalar: ScalarType = .float64) throws -> [Name: Tensor] {
    let initial = try #require(parameters["initial"])
    let starts = (0..<batch.size).flatMap { example in initial.map { $0 * Double(example + 1) } }
    let x = try Tensor(batch.x, shape: [Self.steps, batch.size, 2]).slicing(axis: 0, from: 0, count: steps)
    return [
      "x": try x.converted(to: scalar), "initial": try Tensor(starts, shape: [batch.size, 2]).converted(to: scalar),
    ]
  }
}

/// Expects numbers to agree to 1e-12, relative to 1 if they are small.
func expectEqualUpToRounding(
  _ values: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(values, expected, absolute: 1e-12, relative: 1e-12, sourceLocation: sourceLocation)
}
