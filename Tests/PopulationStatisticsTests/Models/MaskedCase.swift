import Bricks
import Foundation
import Testing

/// fixtures/masks/statistics.json: a batch-normalized LSTM over sequences of different lengths in NumPy; see
/// tools/fixtures/masks.
struct MaskedCase: Decodable, Sendable {
  struct Statistics: Decodable {
    let mean: [Double]
    let stdev: [Double]
    let counts: [Int64]?
  }
  struct Batch: Decodable {
    let time: Int
    let size: Int
    let x: [Double]
    let mask: [Double]
    let initialStates: [Double]
    let initialCells: [Double]
  }
  struct Run: Decodable {
    let states: [Double]
    let cells: [Double]
    let inferenceStates: [Double]
    let inferenceCells: [Double]
    let terms: [String: Statistics]
  }
  struct Variant: Decodable {
    let runs: [Run]
    let pooled: [String: Statistics]
  }
  let epsilon: Double
  let parameters: [String: [Double]]
  let population: [String: Statistics]
  let populationOfSequences: Statistics
  let batches: [Batch]
  let variants: [String: Variant]

  /// The number of steps with population statistics in the data.
  static let steps = 4
  static let terms = ["state", "input", "cells"]

  static func brick(_ term: String) -> Name { "/lstm/normalized_\(term)" }

  static func read() throws -> MaskedCase {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      MaskedCase.self, from: bytes(Repository.fixture("masks/statistics.json")))
  }

  func variant(_ inputs: BatchNormalizedLSTM.InputStatistics) throws -> Variant {
    try #require(variants[inputs.rawValue])
  }

  /// The layer with the case's parameters and population statistics. Later steps than the fourth have the statistics of the fourth.
  func model(
    _ inputs: BatchNormalizedLSTM.InputStatistics, steps: Int = MaskedCase.steps, inTraining: Bool = false,
    scalar: ScalarType = .float64
  ) throws -> Model {
    let brick = BatchNormalizedLSTM(2, timeSteps: steps, epsilon: epsilon, inputStatistics: inputs, name: "lstm")
    var model = try Model([brick], scalar: scalar, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(scalar, ["time", "batch", 3]))
      let mask = try scope.builder.input("mask", VariableType(scalar, ["time", "batch"]))
      let initial = try ["states", "cells"].map {
        try scope.builder.input("initial_\($0)", VariableType(scalar, ["batch", 2]))
      }
      let sequences = RecurrentInputs(x, mask: mask, initialStates: initial)
      func record() throws -> [Variable] { try scope.apply(brick, to: sequences) }
      let results = try inTraining ? scope.builder.inTraining(record) : record()
      return ["states": results[0], "cells": results[1]]
    }
    let names: [String: Name] = [
      "W_state": "/lstm.W_state", "W_input": "/lstm.W_input", "b": "/lstm.b",
      "scale_state": "/lstm/normalized_state.batch_norm_scale",
      "scale_input": "/lstm/normalized_input.batch_norm_scale",
      "scale_cells": "/lstm/normalized_cells.batch_norm_scale",
      "shift_cells": "/lstm/normalized_cells.batch_norm_shift",
    ]
    for (key, path) in names {
      let path = try model.path(path)
      try model.set(
        path, to: Tensor(try #require(parameters[key]), shape: model.tensor(path).shape).converted(to: scalar))
    }
    for term in Self.terms {
      let isShared = term == "input" && inputs == .sequenceWise
      let statistics = isShared ? populationOfSequences : try #require(population[term])
      let rows = isShared ? 1 : Self.steps
      func lasting(_ values: [Double]) -> [Double] {
        let width = values.count / rows
        return isShared
          ? values : (0..<steps).flatMap { values[min($0, rows - 1) * width..<(min($0, rows - 1) + 1) * width] }
      }
      model = try model.estimated(
        mean: lasting(statistics.mean), deviation: lasting(statistics.stdev),
        counts: [Int64](repeating: 9, count: isShared ? 1 : steps), digest: model.parametersDigest,
        brick: Self.brick(term), epsilon: epsilon)
    }
    return model
  }

  /// The inputs of a model for a batch, with a number in the padding.
  func inputs(_ batch: Batch, padding: Double = .nan, scalar: ScalarType = .float64) throws -> [Name: Tensor] {
    let x = batch.x.indices.map { batch.mask[$0 / 3] == 0 ? padding : batch.x[$0] }
    return try [
      "x": Tensor(x, shape: [batch.time, batch.size, 3]), "mask": Tensor(batch.mask, shape: [batch.time, batch.size]),
      "initial_states": Tensor(batch.initialStates, shape: [batch.size, 2]),
      "initial_cells": Tensor(batch.initialCells, shape: [batch.size, 2]),
    ].mapValues { try $0.converted(to: scalar) }
  }
}
