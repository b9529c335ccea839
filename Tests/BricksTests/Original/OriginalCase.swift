import Bricks
import Foundation
import HDF5
import Testing

/// One case of fixtures/original/mlp: a configuration, values, and what the original makes of them.
struct OriginalCase: Sendable, CustomTestStringConvertible {
  struct Configuration: Decodable, Sendable {
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
    }
    var model: [Layer]
    var parameters: [String: [Int]]
    var population: [String: [Int]]?
    var updates: [Update]?
    var arrays: [String: [Int]]
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
      let activations = try layer.activations.map { try $0.map { try Self.activation($0) } }
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

  private struct UnknownName: Error { let name: String }

  static func activation(_ name: String) throws -> any Brick {
    switch name {
    case "Tanh": return Tanh()
    case "Rectifier": return Rectifier()
    case "LeakyRectifier": return LeakyRectifier()
    case "Logistic": return Logistic()
    case "Identity": return Identity()
    case "Softplus": return Softplus()
    case "Softmax": return Softmax()
    default: throw UnknownName(name: name)
    }
  }
}

extension OriginalCase {
  /// The file's cases, in order. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[OriginalCase], any Error> = Result { try readAll() }

  private static func readAll() throws -> [OriginalCase] {
    let file = try File(opening: fixture("original/mlp/cases.h5").path)
    let sensitivity = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(contentsOf: fixture("original/mlp/sensitivity.json")))
    return try file.links().map { link in
      let group = try file.openGroup(link.name)
      let text = try group.openDataset("config").readString()
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let configuration = try decoder.decode(Configuration.self, from: Data(text.utf8))
      func tensor(_ path: String, _ shape: [Int]) throws -> Tensor {
        try Tensor(group.openDataset(path).read(as: Double.self), shape: Shape(checking: shape))
      }
      func tensors(_ shapes: [String: [Int]], prefix: String) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (path, shape) in shapes { tensors[path] = try tensor(prefix + path, shape) }
        return tensors
      }
      var updates: [String: Tensor] = [:]
      for update in configuration.updates ?? [] {
        let shape = try #require(configuration.population?[update.population])
        updates[update.population] = try tensor(update.value, shape)
      }
      return OriginalCase(
        name: link.name, configuration: configuration,
        parameters: try tensors(configuration.parameters, prefix: "parameters"),
        population: try tensors(configuration.population ?? [:], prefix: "population"),
        arrays: try tensors(configuration.arrays, prefix: ""), updates: updates,
        sensitivity: try #require(sensitivity[link.name]))
    }
  }
}

/// A file of the repository's fixtures.
func fixture(_ path: String) -> URL {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<4 { root.deleteLastPathComponent() }
  return root.appendingPathComponent("fixtures/\(path)")
}

extension Tensor {
  /// The largest |a − b| / (1 + |b|) over all elements, infinite for another element count or a NaN.
  func distance(to reference: Tensor) -> Double {
    guard shape.elementCount == reference.shape.elementCount else { return .infinity }
    return zip(doubles, reference.doubles).reduce(0) { largest, pair in
      let distance = (pair.0 - pair.1).magnitude / (1 + pair.1.magnitude)
      return distance.isNaN ? .infinity : max(largest, distance)
    }
  }
}
