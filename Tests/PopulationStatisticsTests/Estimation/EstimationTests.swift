import PopulationStatistics
import Tensors
import Testing

@Suite("Estimation against 400-bit arithmetic")
struct EstimationTests {
  @Test("every estimator equals its formula, rounded once to the last bit", arguments: EstimatorCase.all)
  func formulas(fixture: EstimatorCase) throws {
    let set = try UpdateSet(fixture.updateRecords())
    let factor = Double(fixture.smoothingFactor)!
    let initialValues = try fixture.initialValues()
    var estimations = [
      "pooled": Estimation(.pooled),
      "pooled weighted": Estimation(.pooled, weights: fixture.weights()),
      "mean-of-deviations": Estimation(.meanOfDeviations),
      "mean-of-deviations weighted": Estimation(.meanOfDeviations, weights: fixture.weights()),
      "mean-of-variances": Estimation(.meanOfVariances),
      "moving-average": Estimation(.movingAverage(smoothingFactor: factor), initialValues: initialValues),
      "moving-variance": Estimation(.movingVariance(smoothingFactor: factor), initialValues: initialValues),
    ]
    let unbiased = Estimation(
      .movingVariance(smoothingFactor: factor, besselCorrection: true), initialValues: initialValues)
    if fixture.records.contains(where: { $0.counts.contains(1) }) {
      #expect(throws: StatisticsError.self) { try unbiased.estimate(brick: EstimatorCase.brick, in: set) }
    } else {
      estimations["moving-variance unbiased"] = unbiased
    }
    #expect(fixture.expected.methods.count == estimations.count)
    for (name, estimation) in estimations {
      for outputType in fixture.outputs {
        var estimation = estimation
        estimation.outputType = outputType
        let estimate = try estimation.estimate(brick: EstimatorCase.brick, in: set)
        let expected = try #require(fixture.expected.methods[name])
        #expect(estimate.mean == numbers(expected["mean \(outputType.rawValue)"]!), "\(name)")
        #expect(estimate.standardDeviation == numbers(expected["stdev \(outputType.rawValue)"]!), "\(name)")
        #expect(estimate.counts == fixture.expected.counts)
        #expect(estimate.filledSteps == fixture.expected.filled)
        #expect(estimate.scalarType == outputType)
        for limit in [1, 500] {
          #expect(try estimation.estimate(brick: EstimatorCase.brick, in: set, byteLimit: limit) == estimate, "\(name)")
        }
        #expect(estimate.parametersDigests == [EstimatorCase.digest])
      }
    }
  }

  @Test(
    "the order of the records does not change the result", arguments: EstimatorCase.all.filter { $0.records.count > 1 })
  func permutations(fixture: EstimatorCase) throws {
    let records = try fixture.updateRecords()
    let estimators: [Estimator] = [
      .pooled, .meanOfDeviations, .meanOfVariances, .movingAverage(smoothingFactor: 0.1),
      .movingVariance(smoothingFactor: 0.1),
    ]
    var generator = SeededGenerator(seed: 1)
    for estimator in estimators {
      let estimation = Estimation(estimator)
      let expected = try estimation.estimate(brick: EstimatorCase.brick, in: UpdateSet(records))
      for _ in 0..<5 {
        let shuffled = try UpdateSet(records.shuffled(using: &generator))
        #expect(try estimation.estimate(brick: EstimatorCase.brick, in: shuffled) == expected)
      }
    }
  }

  @Test("pooling equals NumPy over the concatenated batches, far from zero in single precision")
  func concatenation() throws {
    let fixture = ObservationFixture.shared
    let epsilon = 1e-5
    let records = try fixture.batches.enumerated().map { index, batch in
      let elements = numbers(batch)
      let batch = try Tensor(elements, shape: [elements.count / fixture.features, fixture.features])
      let moments = try Moments(observing: batch, axes: [0])
      return try UpdateRecord(
        identity: .init(brick: "/norm", batch: "\(index)", parametersDigest: nil), sequence: index, epsilon: epsilon,
        scalarType: .float64, exampleShape: moments.exampleShape, hasTimeSteps: false, mean: moments.means,
        standardDeviation: moments.standardDeviations(epsilon: epsilon), counts: moments.counts)
    }
    let estimate = try Estimation().estimate(brick: "/norm", in: UpdateSet(records))
    #expect(estimate.counts == [151])
    #expect(estimate.recordCount == 5)
    for (actual, expected) in zip(try #require(estimate.mean), numbers(fixture.mean)) {
      #expect(abs(actual - expected) <= 1e-13 * expected)
    }
    for (actual, variance) in zip(try #require(estimate.standardDeviation), numbers(fixture.variance)) {
      let expected = (variance + epsilon).squareRoot()
      #expect(abs(actual - expected) <= 1e-9 * expected)
    }
  }

  @Test("only pooling finds the variance of all observations in five uneven groups")
  func unevenGroups() throws {
    let fixture = ObservationFixture.shared
    let records = try fixture.groups.enumerated().map { index, group in
      let elements = numbers(group)
      let moments = try Moments(observing: Tensor(elements, shape: [elements.count]), axes: [0])
      return try record(
        "\(index)", mean: moments.means, deviation: moments.standardDeviations(epsilon: 0), moments.counts)
    }
    let set = try UpdateSet(records)
    func estimate(_ estimator: Estimator) throws -> (mean: Double, deviation: Double) {
      let estimate = try Estimation(estimator).estimate(brick: "/norm", in: set)
      return (try #require(estimate.mean)[0], try #require(estimate.standardDeviation)[0])
    }
    func near(_ actual: Double, _ expected: String) -> Bool { abs(actual / Double(expected)! - 1) < 1e-13 }
    let pooled = try estimate(.pooled)
    #expect(near(pooled.mean, fixture.groupsMean))
    #expect(near(pooled.deviation * pooled.deviation, fixture.groupsVariance))
    let variances = try estimate(.meanOfVariances)
    #expect(near(variances.deviation * variances.deviation, fixture.meanOfVariances))
    #expect(near(try estimate(.meanOfDeviations).deviation, fixture.meanOfStdevs))
    #expect(!near(variances.deviation * variances.deviation, fixture.groupsVariance))
  }
}

/// A record of one brick without epsilon and time steps.
func record(
  _ batch: Name, brick: Name = "/norm", sequence: Int = 0, digest: Digest? = nil, epsilon: Double = 0,
  type: ScalarType = .float64, mean: [Double]?, deviation: [Double]?, _ counts: [Int64], steps: Bool = false
) throws -> UpdateRecord {
  let size = (mean ?? deviation ?? []).count
  return try UpdateRecord(
    identity: .init(brick: brick, batch: batch, parametersDigest: digest), sequence: sequence, epsilon: epsilon,
    scalarType: type, exampleShape: [size / counts.count], hasTimeSteps: steps, mean: mean,
    standardDeviation: deviation, counts: counts)
}
