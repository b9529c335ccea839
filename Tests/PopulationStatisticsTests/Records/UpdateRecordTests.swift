import PopulationStatistics
import Tensors
import Testing

@Suite("Update records")
struct UpdateRecordTests {
  static let wrong: [(String, @Sendable () throws -> UpdateRecord)] = [
    ("2 elements, not 1 × 3", { try record("b", mean: [1, 2, 3], deviation: [1, 1], [4]) }),
    ("neither", { try record("b", mean: nil, deviation: nil, [4]) }),
    ("2 observation counts", { try record("b", mean: [1, 2], deviation: [1, 1], [4, 4]) }),
    ("-1 (index 1) is negative", { try record("b", mean: [1, 2], deviation: [1, 1], [4, -1], steps: true) }),
    ("mean is nan at element 1", { try record("b", mean: [1, .nan], deviation: [1, 1], [4]) }),
    (
      "mean is inf at element 0 of step 1",
      { try record("b", mean: [1, .infinity], deviation: [1, 1], [1, 1], steps: true) }
    ),
    ("standard deviation is -1.0 at element 0", { try record("b", mean: [1], deviation: [-1], [4]) }),
    ("standard deviation is nan", { try record("b", mean: [1], deviation: [.nan], [4]) }),
    ("sequence -1", { try record("b", sequence: -1, mean: [1], deviation: [1], [4]) }),
    ("epsilon -0.5", { try record("b", epsilon: -0.5, mean: [1], deviation: [1], [4]) }),
    ("not int64", { try record("b", type: .int64, mean: [1], deviation: [1], [4]) }),
    ("mean 0.1 at index 0 is not a float32", { try record("b", type: .float32, mean: [0.1], deviation: [1], [4]) }),
  ]

  @Test("wrong values are refused with their brick, batch and element", arguments: wrong.indices)
  func refusals(index: Int) throws {
    let (words, make) = Self.wrong[index]
    let error = try #require(throws: StatisticsError.self) { try make() }
    #expect(error.code == .invalidValues)
    for part in ["/norm", "\"b\"", words] { #expect(error.message.contains(part), "\(error.message)") }
  }

  @Test("a normalization that only subtracts the mean has records without standard deviations")
  func meanOnly() throws {
    let record = try record("b", mean: [1, 2], deviation: nil, [4])
    #expect(record.standardDeviation == nil)
    #expect(record.values.shape == [2])
  }

  @Test("negative zero is kept as zero")
  func negativeZero() throws {
    let record = try record("b", mean: [-0.0], deviation: [-0.0], [4])
    #expect(record.mean?[0].sign == .plus)
    #expect(record.standardDeviation?[0].sign == .plus)
  }
}
