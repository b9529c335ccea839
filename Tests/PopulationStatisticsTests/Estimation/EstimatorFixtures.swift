import Foundation
import PopulationStatistics
import Tensors
import Testing

/// Records, and the results of each estimator for them in 400-bit arithmetic; see tools/fixtures/statistics.
struct EstimatorCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Record: Decodable {
    let sequence: Int
    let weight: String
    let counts: [Int64]
    let mean: String
    let stdev: String
  }

  struct Initial: Decodable {
    let mean: String
    let stdev: String
  }

  struct Expected: Decodable {
    let counts: [Int64]
    let filled: [Int]
    let methods: [String: [String: String]]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      counts = try container.decode([Int64].self, forKey: Key("counts"))
      filled = try container.decode([Int].self, forKey: Key("filled"))
      var methods: [String: [String: String]] = [:]
      for key in container.allKeys where key.stringValue != "counts" && key.stringValue != "filled" {
        methods[key.stringValue] = try container.decode([String: String].self, forKey: key)
      }
      self.methods = methods
    }
  }

  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  let name: String
  let type: String
  /// The types to which expected values were rounded.
  let outputs: [ScalarType]
  let steps: Bool
  let elements: Int
  let epsilon: String
  let smoothingFactor: String
  let initial: Initial?
  let records: [Record]
  let expected: Expected

  var testDescription: String { name }

  static let all: [EstimatorCase] = fixture("estimators.json")
  static let digest = Digest(of: "parameters")
  static let brick: Name = "/mlp/norm"

  /// The case's records; their order in the set is their order in the file.
  func updateRecords() throws -> [UpdateRecord] {
    try records.enumerated().map { index, record in
      try UpdateRecord(
        identity: identity(index), sequence: record.sequence, epsilon: Double(epsilon)!,
        scalarType: ScalarType(rawValue: type)!, exampleShape: [elements], hasTimeSteps: steps,
        mean: numbers(record.mean), standardDeviation: numbers(record.stdev), counts: record.counts)
    }
  }

  func identity(_ index: Int) -> UpdateRecord.Identity {
    .init(brick: Self.brick, batch: "batch \(index / 10)\(index % 10)", parametersDigest: Self.digest)
  }

  func weights() -> [UpdateRecord.Identity: Double] {
    Dictionary(uniqueKeysWithValues: records.enumerated().map { (identity($0.offset), Double($0.element.weight)!) })
  }

  /// The values before the first record, for step 0 only.
  func initialValues() throws -> [Name: StatisticValues] {
    guard let initial else { return [:] }
    return [
      Self.brick: try StatisticValues(
        exampleShape: [elements], hasTimeSteps: steps, mean: numbers(initial.mean),
        standardDeviation: numbers(initial.stdev), counts: [1000])
    ]
  }
}

/// NumPy's statistics of uneven batches; see tools/fixtures/statistics.
struct ObservationFixture: Decodable {
  let batches: [String]
  let features: Int
  let mean: String
  let variance: String
  let groups: [String]
  let groupsMean: String
  let groupsVariance: String
  let meanOfVariances: String
  let meanOfStdevs: String
  let images: String
  let imagesShape: [Int]
  let imagesMean: String
  let imagesVariance: String

  static let shared: ObservationFixture = fixture("observations.json")
}

/// The numbers of a blank-separated list.
func numbers(_ list: String) -> [Double] { list.split(separator: " ").map { Double($0)! } }

func fixture<Value: Decodable>(_ name: String) -> Value {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  do {
    return try decoder.decode(Value.self, from: bytes(Repository.fixture(name, of: "PopulationStatisticsTests")))
  } catch {
    preconditionFailure("fixture \(name): \(error)")
  }
}
