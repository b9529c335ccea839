import Foundation
import Testing

@testable import PopulationStatistics

/// Critical values by mpmath, which agree with SciPy's; see tools/fixtures/statistics/student.py.
@Suite("Student's t distribution")
struct StudentDistributionTests {
  private struct Value: Decodable {
    let degrees: Int
    let probability: Double
    let critical: Double
  }

  @Test("has the critical values of mpmath, up to 1e-11") func criticalValues() throws {
    let values = try JSONDecoder().decode(
      [Value].self, from: Data(bytes(Repository.fixture("student.json", of: "PopulationStatisticsTests"))))
    #expect(values.count == 70)
    for value in values {
      let distribution = StudentDistribution(degreesOfFreedom: value.degrees)
      let critical = distribution.criticalValue(twoSided: value.probability)
      #expect(abs(critical / value.critical - 1) < 1e-11, "ν = \(value.degrees), p = \(value.probability): \(critical)")
    }
  }

  @Test("is the Cauchy distribution with one degree of freedom") func cauchy() {
    // P(|t| > t₀) = 1 − 2 atan(t₀) / π.
    let distribution = StudentDistribution(degreesOfFreedom: 1)
    #expect(distribution.tail(beyond: 0) == 1)
    #expect(abs(distribution.tail(beyond: 1) - 0.5) < 1e-15)
    #expect(abs(distribution.tail(beyond: 0.01) - (1 - 2 * atan(0.01) / .pi)) < 1e-15)
  }
}
