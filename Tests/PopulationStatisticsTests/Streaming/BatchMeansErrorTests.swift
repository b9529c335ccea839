import Foundation
import Tensors
import Testing

@testable import PopulationStatistics

/// Uneven batches and NumPy's numbers for them; see tools/fixtures/statistics.
private struct StreamingFixture: Decodable {
  struct Batch: Decodable {
    let count: Int64
    let mean: [Double]
    let variance: [Double]
  }
  let epsilon: Double
  let batches: [Batch]
  let mean: [Double]
  let stdev: [Double]
  let meanError: [Double]
  let varianceError: [Double]
  let stdevError: [Double]

  static func read() throws -> StreamingFixture {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      StreamingFixture.self, from: bytes(Repository.fixture("streaming.json", of: "PopulationStatisticsTests")))
  }
}

@Suite("Standard errors by batch means")
struct BatchMeansErrorTests {
  @Test("are NumPy's for uneven batches, also of a mean that is 20,000 deviations from zero")
  func numpy() throws {
    let fixture = try StreamingFixture.read()
    var errors = BatchMeansError(origin: fixture.batches[0].mean)
    #expect(errors.errors(of: 0, mean: 0, variance: 1, count: 1) == nil)
    for batch in fixture.batches {
      errors.observe(count: batch.count, means: batch.mean[...], variances: batch.variance[...])
    }
    #expect(errors.batchCount == fixture.batches.count)
    let total = fixture.batches.reduce(0) { $0 + $1.count }
    for element in fixture.mean.indices {
      let variance = fixture.stdev[element] * fixture.stdev[element] - fixture.epsilon
      let error = try #require(
        errors.errors(of: element, mean: fixture.mean[element], variance: variance, count: total))
      #expect(abs(error.mean / fixture.meanError[element] - 1) <= 1e-8)
      #expect(abs(error.variance / fixture.varianceError[element] - 1) <= 1e-8)
    }
  }

  @Test("are the greatest of all elements, in units of the deviation, and a single batch has none")
  func greatest() throws {
    let fixture = try StreamingFixture.read()
    let names: [Name] = ["population_mean", "population_stdev"]
    let size = fixture.mean.count
    let brick = try RunningEstimateTests.brick(names, elements: size, epsilon: fixture.epsilon)
    let zeros = [Double](repeating: 0, count: size)
    let initial = try StatisticValues(
      exampleShape: [size], hasTimeSteps: false, mean: zeros, standardDeviation: zeros, counts: [0])
    var running = RunningEstimate(brick, .pooled, initial: initial)
    for (index, batch) in fixture.batches.enumerated() {
      try running.observe(
        UpdateRecord(
          identity: .init(brick: "/norm", batch: "\(index)", parametersDigest: nil), sequence: index,
          epsilon: fixture.epsilon, scalarType: .float64, exampleShape: [size], hasTimeSteps: false, mean: batch.mean,
          standardDeviation: batch.variance.map { ($0 + fixture.epsilon).squareRoot() }, counts: [batch.count]))
      #expect((running.standardError == nil) == (index == 0))
    }
    let estimate = try running.estimate(as: .float64, parametersDigest: EstimatorCase.digest)
    for element in fixture.mean.indices {
      #expect(abs(try #require(estimate.mean)[element] - fixture.mean[element]) <= 1e-15 * 1e3)
      let deviation = try #require(estimate.standardDeviation)[element]
      #expect(abs(deviation / fixture.stdev[element] - 1) <= 1e-9)
    }
    let error = try #require(running.standardError)
    func greatest(_ errors: [Double]) -> Double { zip(errors, fixture.stdev).map { $0 / $1 }.max() ?? 0 }
    #expect(abs(error.mean / greatest(fixture.meanError) - 1) <= 1e-8)
    let deviationError = try #require(error.standardDeviation)
    #expect(abs(deviationError / greatest(fixture.stdevError) - 1) <= 1e-8)
    #expect(error.greatest == max(error.mean, deviationError))
  }

  @Test("are 0 if nothing varies")
  func constant() throws {
    var errors = BatchMeansError(origin: [3])
    for _ in 0..<4 { errors.observe(count: 8, means: [3], variances: [0]) }
    let error = try #require(errors.errors(of: 0, mean: 3, variance: 0, count: 32))
    #expect(error.mean == 0 && error.variance == 0)
  }
}
