import Bricks
import Testing

/// One case of fixtures/original/mlp: a configuration, values, and what the original makes of them.
struct OriginalCase: Sendable, CustomTestStringConvertible {
  struct Configuration: CaseConfiguration {
    struct Layer: Decodable, Sendable {
      var brick: String
      var name: String
      var dims: [Int]
      var activations: [String?]
      var conserveMemory: Bool?
      var meanOnly: Bool?
      var learnScale: Bool?
      var learnShift: Bool?
      var useBias: Bool
      var epsilon: Double?
    }
    struct Update: Decodable, Sendable {
      var population: String
      var value: String
      var shape: [Int]
    }
    var model: [Layer]
    var parameters: [String: [Int]]
    var population: [String: [Int]]?
    var updates: [Update]?
    var arrays: [String: [Int]]

    var minibatchValues: [String: [Int]] {
      Dictionary((updates ?? []).map { ($0.value, $0.shape) }) { first, _ in first }
    }
  }

  let name: String
  let configuration: Configuration
  /// Parameters and population statistics by the path that people write.
  let parameters: [String: Tensor]
  let population: [String: Tensor]
  /// `x`, `y_inference`, `y_training`.
  let arrays: [String: Tensor]
  /// Minibatch statistics by the path of the population statistic.
  let updates: [String: Tensor]
  /// The largest move of each output when everything is rounded to single precision.
  let sensitivity: [String: Double]

  var testDescription: String { name }

  /// The bricks of the configuration.
  func bricks() throws -> [any Brick] {
    try configuration.model.map { layer in
      let activations = try layer.activations.map { try $0.map { try namedActivation($0) } }
      switch layer.brick {
      case "BatchNormalizedMLP":
        return BatchNormalizedMLP(
          activations: activations, dimensions: layer.dims, usesBias: layer.useBias,
          normalization: BatchNormalization(
            conservesMemory: try #require(layer.conserveMemory), epsilon: try #require(layer.epsilon),
            meanOnly: try #require(layer.meanOnly), learnsScale: try #require(layer.learnScale),
            learnsShift: try #require(layer.learnShift)),
          name: layer.name)
      case "MLP":
        return MLP(activations: activations, dimensions: layer.dims, usesBias: layer.useBias, name: layer.name)
      default: throw UnknownName(name: layer.brick)
      }
    }
  }
}

extension OriginalCase {
  /// The file's cases, in order. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[OriginalCase], any Error> = Result { try readAll() }

  private static func readAll() throws -> [OriginalCase] {
    let sensitivity = try originalSensitivity("original/mlp/sensitivity.json")
    return try StoredCase<Configuration>.read("original/mlp/cases.h5").map { stored in
      var updates: [String: Tensor] = [:]
      for update in stored.configuration.updates ?? [] {
        updates[update.population] = stored.minibatchValues[update.value]
      }
      return OriginalCase(
        name: stored.name, configuration: stored.configuration, parameters: stored.parameters,
        population: stored.population, arrays: stored.arrays, updates: updates,
        sensitivity: try #require(sensitivity[stored.name]))
    }
  }
}
