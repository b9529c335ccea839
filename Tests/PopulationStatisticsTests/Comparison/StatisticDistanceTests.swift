import Foundation
import Testing

@testable import PopulationStatistics

/// Statistics and how far they are from others, by mpmath and NumPy; see tools/fixtures/statistics.
struct DistanceCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Measure: Decodable {
    let mean: Double
    let worst: Double
    let channel: Int
    let step: Int
  }

  let name: String
  let channels: Int
  let steps: Int
  let mean: [Double]
  let stdev: [Double]
  let otherMean: [Double]
  let otherStdev: [Double]
  let meanShift: Measure
  let logDeviationRatio: Measure
  let divergence: Measure
  let worstStep: Int

  var testDescription: String { name }

  static func all() throws -> [DistanceCase] { try fixtures("distances.json") }

  /// The distance of the statistics, computed channel by channel.
  func distance(hasTimeSteps: Bool) -> StatisticDistance {
    var distance = StatisticDistance(channelCount: channels, hasTimeSteps: hasTimeSteps)
    for index in mean.indices {
      distance.add(
        Gaussian(mean: mean[index], standardDeviation: stdev[index]),
        Gaussian(mean: otherMean[index], standardDeviation: otherStdev[index]))
    }
    return distance
  }
}

/// Reads cases whose keys have underscores.
func fixtures<Case: Decodable>(_ name: String) throws -> [Case] {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return try decoder.decode([Case].self, from: bytes(Repository.fixture(name, of: "PopulationStatisticsTests")))
}

@Suite("The distance between population statistics")
struct StatisticDistanceTests {
  @Test("equals its definition in 400-bit arithmetic", arguments: try DistanceCase.all())
  func definition(_ expected: DistanceCase) throws {
    let distance = expected.distance(hasTimeSteps: true)
    for (measure, wanted) in [
      (distance.meanShift, expected.meanShift), (distance.logarithmicRatio, expected.logDeviationRatio),
      (distance.divergence, expected.divergence),
    ] {
      // If the distributions are close, the rounding of their parameters limits the digits.
      let tolerance = expected.name == "close" ? 1e-8 : 1e-13
      #expect(abs(measure.mean - wanted.mean) <= tolerance * wanted.mean)
      #expect(abs(measure.worst - wanted.worst) <= tolerance * abs(wanted.worst))
      #expect(measure.channel == wanted.channel)
      #expect(measure.step == wanted.step)
    }
    #expect(distance.worstStep == expected.worstStep)
    #expect(distance.invalidCount == 0)
  }

  @Test("has no steps without a time axis")
  func withoutSteps() throws {
    let distance = try #require(DistanceCase.all().first).distance(hasTimeSteps: false)
    #expect(distance.worstStep == nil)
    #expect(distance.divergence.step == nil)
    // log 2 + (1 + 1) / 8 − ½ of N(0, 1) from N(1, 4).
    #expect(abs(distance.divergence.worst - 0.44314718055994530942) < 1e-16)
    #expect(distance.meanShift.worst == 0.5)
  }

  @Test("is 0 for equal statistics")
  func equal() {
    var distance = StatisticDistance(channelCount: 2, hasTimeSteps: false)
    for mean in [0.25, -3] {
      let statistics = Gaussian(mean: mean, standardDeviation: 0.1)
      distance.add(statistics, statistics)
    }
    #expect(distance.meanShift.worst == 0 && distance.logarithmicRatio.worst == 0 && distance.divergence.mean == 0)
  }

  @Test(
    "leaves out elements that are not distributions, and counts them",
    arguments: [(0.0, 0.0), (0, -1), (.nan, 1), (0, .nan), (.infinity, 1), (0, .infinity)])
  func invalid(_ mean: Double, _ deviation: Double) {
    var distance = StatisticDistance(channelCount: 3, hasTimeSteps: false)
    let sound = Gaussian(mean: 1, standardDeviation: 1)
    distance.add(sound, Gaussian(mean: mean, standardDeviation: deviation))
    distance.add(Gaussian(mean: mean, standardDeviation: deviation), sound)
    distance.add(sound, Gaussian(mean: 3, standardDeviation: 1))
    #expect(distance.invalidCount == 2)
    #expect(distance.meanShift.worst == 2 && distance.meanShift.mean == 2 && distance.meanShift.channel == 2)
  }

  @Test("finds the step with the greatest mean divergence, also if a channel of this step is invalid")
  func worstStepWithInvalidChannel() {
    var distance = StatisticDistance(channelCount: 2, hasTimeSteps: true)
    let sound = Gaussian(mean: 0, standardDeviation: 1)
    // KL(N(0, 1) ‖ N(m, 1)) = m² / 2: the means are 0.5, 0.72 and 0.4.
    for mean in [1, 1, .nan, 1.2, 0.8.squareRoot(), 0.8.squareRoot()] {
      distance.add(sound, Gaussian(mean: mean, standardDeviation: 1))
    }
    #expect(distance.worstStep == 1)
    #expect(distance.invalidCount == 1)
  }

  @Test("stays a number if the divergence is beyond all doubles")
  func huge() {
    var distance = StatisticDistance(channelCount: 1, hasTimeSteps: false)
    distance.add(Gaussian(mean: 1e300, standardDeviation: 1), Gaussian(mean: -1e300, standardDeviation: 1e-20))
    #expect(distance.divergence.worst == .greatestFiniteMagnitude)
    #expect(distance.divergence.mean == .greatestFiniteMagnitude)
  }
}
