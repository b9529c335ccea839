import Bricks
import Testing

/// One case of fixtures/original/mlp: a configuration, values, and the original's results.
struct OriginalCase: OriginalFixtureCase {
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
      var population: Name
      var value: Name
      var shape: [Int]
    }
    var model: [Layer]
    var parameters: [String: [Int]]
    var population: [String: [Int]]?
    var updates: [Update]?
    var arrays: [String: [Int]]

    var minibatchValues: [String: [Int]] {
      Dictionary((updates ?? []).map { ($0.value.text, $0.shape) }) { first, _ in first }
    }
  }

  let stored: StoredCase<Configuration>
  let sensitivity: [String: Double]

  var testDescription: String { name }

  /// Minibatch statistics by the path of the population statistic.
  var updates: [Name: Tensor] {
    var updates: [Name: Tensor] = [:]
    for update in configuration.updates ?? [] { updates[update.population] = stored.minibatchValues[update.value] }
    return updates
  }

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

  /// The file's cases, in order. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[OriginalCase], any Error> = Result { try read("mlp") }
}
