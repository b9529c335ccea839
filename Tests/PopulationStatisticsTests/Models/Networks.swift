import Bricks
import Foundation
import HDF5
import PopulationStatistics
@_exported import TestSupport
import Testing

/// A network that normalizes at the time steps it is told, each on an input of its own, `x0`, `x1`, ….
struct Steps: Brick {
  var name = "steps"
  var normalization: BatchNormalization

  init(_ count: Int = 3, pastEnd: PastEndPolicy = .clampToLast, meanOnly: Bool = false) {
    normalization = BatchNormalization([2], epsilon: 0.25, timeSteps: count, pastEnd: pastEnd, meanOnly: meanOnly)
  }

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try scope.apply(normalization, to: input)
  }

  /// A model that applies the network at constant steps to one input each.
  static func model(at steps: [Int], _ network: Steps = Steps(), type: ScalarType = .float64) throws -> Model {
    try Model([network], scalar: type, seed: 1) { scope in
      var outputs: NamedVariables = [:]
      for (index, step) in steps.enumerated() {
        scope.timeStep = .constant(step)
        let input = try scope.input(ModelInput(name: "x\(index)", shape: [2]))
        outputs.elements.append(("y\(index)", try scope.apply(network, to: input)))
      }
      return outputs
    }
  }

  static let brick: Name = "/steps/batchnormalization"
}

/// A single normalization of two features, ε 0.25, and its paths.
enum OneNormalization {
  static let brick: Name = "/batchnormalization"

  static func model(timeSteps: Int? = nil, meanOnly: Bool = false, type: ScalarType = .float64) throws -> Model {
    try Model(
      BatchNormalization([2], epsilon: 0.25, timeSteps: timeSteps, meanOnly: meanOnly), input: .features(2),
      scalar: type, withTimeStep: timeSteps != nil, seed: 1)
  }
}

extension Model {
  /// The values of the population statistics of one brick.
  func mean(_ brick: Name = OneNormalization.brick) throws -> [Double] {
    try tensor(TensorPath(.statistics, brick: brick, name: "population_mean")).doubles
  }

  func deviation(_ brick: Name = OneNormalization.brick) throws -> [Double] {
    try tensor(TensorPath(.statistics, brick: brick, name: "population_stdev")).doubles
  }

  /// The origin of one brick's statistics.
  func origin(_ brick: Name = OneNormalization.brick) throws -> StatisticOrigin {
    try #require(origins[TensorPath(.statistics, brick: brick, name: "population_mean")])
  }

  func state(_ brick: Name = OneNormalization.brick) throws -> StatisticState {
    try #require(statisticStates[TensorPath(.statistics, brick: brick, name: "population_mean")])
  }

  /// The same model with other statistics of one brick.
  func estimated(
    mean: [Double], deviation: [Double]?, counts: [Int64], digest: Digest?, brick: Name = OneNormalization.brick,
    epsilon: Double = 0.25
  ) throws -> Model {
    var model = self
    let origin = StatisticOrigin(
      epsilon: epsilon, observationCounts: counts, estimator: "pooled", records: 1, parametersDigest: digest)
    for (name, values) in ["population_mean": mean, "population_stdev": deviation] as [Name: [Double]?] {
      guard let values else { continue }
      let path = try TensorPath(.statistics, brick: brick, name: name)
      let current = try tensor(path)
      try model.setStatistic(path, to: Tensor(values, shape: current.shape).converted(to: current.type), origin: origin)
    }
    return model
  }

  /// A parameter's values doubled, so that the parameters' digest is another.
  func withOtherParameters() throws -> Model {
    var model = self
    let path = try #require(tensors.keys.filter { $0.collection == .parameters }.sorted().first)
    let tensor = try self.tensor(path)
    try model.set(path, to: Tensor(tensor.doubles.map { $0 * 2 + 1 }, shape: tensor.shape).converted(to: tensor.type))
    return model
  }
}

/// The rows of a matrix of doubles.
func matrix(_ rows: [[Double]], type: ScalarType = .float64) throws -> Tensor {
  try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0]).converted(to: type)
}

/// The path of a file of `fixtures/digits`.
func digits(_ name: String) -> String { Repository.fixture("digits/\(name)") }

/// Expects a `StatisticsError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectStatisticsError<Result>(
  _ code: StatisticsError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> StatisticsError? {
  expectError(StatisticsError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}

/// The square root, short enough for a list of expected numbers.
func root(_ number: Double) -> Double { number.squareRoot() }
