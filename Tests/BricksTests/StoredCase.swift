import Bricks
import Foundation
import HDF5
import Testing

/// The members of every stored case's configuration.
protocol CaseConfiguration: Decodable, Sendable {
  /// Shapes by the path that people write.
  var parameters: [String: [Int]] { get }
  var population: [String: [Int]]? { get }
  /// Shapes of inputs and outputs.
  var arrays: [String: [Int]] { get }
  /// Shapes of minibatch statistics by dataset.
  var minibatchValues: [String: [Int]] { get }
}

extension CaseConfiguration {
  var population: [String: [Int]]? { nil }
  var minibatchValues: [String: [Int]] { [:] }
}

/// A case in a file in the layout of fixtures/original: a configuration and its numbers.
struct StoredCase<Configuration: CaseConfiguration>: Sendable {
  let name: String
  let configuration: Configuration
  /// Parameters and population statistics by the path that people write.
  let parameters: [Name: Tensor]
  let population: [Name: Tensor]
  /// Inputs and outputs by name.
  let arrays: [Name: Tensor]
  /// Minibatch statistics by dataset.
  let minibatchValues: [Name: Tensor]

  /// The cases of a file of the fixtures, in order.
  static func read(_ path: String) throws -> [StoredCase] {
    let file = try File(opening: Repository.fixture(path))
    return try file.links().map { link in try StoredCase(link.name, in: file.openGroup(link.name)) }
  }

  private init(_ name: String, in group: borrowing Group) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let text = try group.openDataset("config").readString()
    let configuration = try decoder.decode(Configuration.self, from: Data(text.utf8))
    func tensors(_ shapes: [String: [Int]], prefix: String) throws -> [Name: Tensor] {
      var tensors: [Name: Tensor] = [:]
      for (path, shape) in shapes {
        tensors[Name(path)] = try Tensor(
          group.openDataset(prefix + path).read(as: Double.self), shape: Shape(checking: shape))
      }
      return tensors
    }
    self.name = name
    self.configuration = configuration
    parameters = try tensors(configuration.parameters, prefix: "parameters")
    population = try tensors(configuration.population ?? [:], prefix: "population")
    arrays = try tensors(configuration.arrays, prefix: "")
    minibatchValues = try tensors(configuration.minibatchValues, prefix: "")
  }
}

/// A test case made of a stored one.
protocol FixtureCase: Sendable, CustomTestStringConvertible {
  associatedtype Configuration: CaseConfiguration
  var stored: StoredCase<Configuration> { get }
}

extension FixtureCase {
  var name: String { stored.name }
  var configuration: Configuration { stored.configuration }
  var parameters: [Name: Tensor] { stored.parameters }
  var population: [Name: Tensor] { stored.population }
  var arrays: [Name: Tensor] { stored.arrays }
}

/// A case of fixtures/original, computed by the original itself.
protocol OriginalFixtureCase: FixtureCase {
  /// A case, and the largest change of each output if everything is rounded to single precision.
  init(stored: StoredCase<Configuration>, sensitivity: [String: Double])
}

extension OriginalFixtureCase {
  /// The cases of a folder of fixtures/original, in order.
  static func read(_ folder: String) throws -> [Self] {
    let sensitivity = try JSONDecoder().decode(
      [String: [String: Double]].self, from: bytes(Repository.fixture("original/\(folder)/sensitivity.json")))
    return try StoredCase<Configuration>.read("original/\(folder)/cases.h5").map { stored in
      Self(stored: stored, sensitivity: try #require(sensitivity[stored.name]))
    }
  }
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

/// A name in a configuration without a meaning here.
struct UnknownName: Error { let name: String }

/// The activation that Blocks and the fixtures call by a name.
func namedActivation(_ name: String) throws -> any Brick {
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
