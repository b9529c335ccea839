import Testing

@testable import PopulationStatistics

/// Statistics over time and what NumPy says of them; see tools/fixtures/statistics.
struct SeriesCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let mean: [Double]
  let stdev: [Double]?
  let counts: [Int64]
  let epsilon: Double
  let tolerance: Double
  let distances: [Double?]
  let stationaryStep: Int?
  let deadChannels: [Int]
  let meanRange: [Double]

  var testDescription: String { name }

  static func all() throws -> [SeriesCase] { try fixtures("series.json") }

  var series: StatisticSeries {
    StatisticSeries(
      mean: mean, standardDeviation: stdev, counts: counts, hasTimeSteps: true, epsilon: epsilon,
      stationaryTolerance: tolerance)
  }
}

@Suite("A series of population statistics")
struct StatisticSeriesTests {
  @Test("has the stationary step and the dead channels that NumPy finds", arguments: try SeriesCase.all())
  func stationary(_ expected: SeriesCase) {
    let series = expected.series
    #expect(series.stationaryStep == expected.stationaryStep)
    #expect(series.deadChannels == expected.deadChannels)
    #expect(series.steps.map(\.count) == expected.counts)
    #expect(series.unobservedSteps == expected.counts.indices.filter { expected.counts[$0] == 0 })
    #expect([series.mean?.minimum, series.mean?.maximum] == expected.meanRange)
    for (step, wanted) in zip(series.steps, expected.distances) {
      guard let wanted, let distance = step.distanceToLast else {
        #expect(wanted == nil && step.distanceToLast == nil)
        continue
      }
      #expect(abs(distance - wanted) <= 1e-13 * max(wanted, 1e-3))
    }
  }

  @Test("has ranges, but no dead channels and no stationary step, if nothing was observed")
  func neverObserved() {
    let series = StatisticSeries(
      mean: [0, 0, 0, 0], standardDeviation: [1, 1, 1, 1], counts: [0, 0], hasTimeSteps: true, epsilon: 4,
      stationaryTolerance: 0.1)
    #expect(series.mean?.maximum == 0 && series.standardDeviation?.minimum == 1)
    #expect(series.deadChannels.isEmpty)
    #expect(series.stationaryStep == nil)
    #expect(series.channelCount == 2)
  }

  @Test("leaves out values that are not finite, and is not stationary over them")
  func notFinite() {
    let series = StatisticSeries(
      mean: [.nan, 1, 2, 3], standardDeviation: [1, 1, .infinity, 2], counts: [5, 5], hasTimeSteps: true, epsilon: 0,
      stationaryTolerance: 100)
    #expect(series.mean?.minimum == 1 && series.mean?.maximum == 3)
    #expect(series.standardDeviation?.maximum == 2)
    #expect(series.stationaryStep == nil)
  }
}
