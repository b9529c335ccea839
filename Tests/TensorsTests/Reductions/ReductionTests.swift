import Tensors
import Testing

@Suite("Reductions")
struct ReductionTests {
  struct Case: Decodable {
    let operation: String
    let operand: ScalarType
    let axes: [Int]
    let keepingDimensions: Bool
    let expected: FixtureArray
  }

  @Test("agree with NumPy's in extended precision, over every set of axes")
  func fixtureCases() throws {
    let cases: [Case] = try fixtures("reductions")
    for fixture in cases where fixture.operation != "operand" {
      let operand = try #require(cases.first { $0.operation == "operand" && $0.operand == fixture.operand })
      let tensor = try operand.expected.tensor()
      let (axes, keeping) = (fixture.axes, fixture.keepingDimensions)
      let result =
        switch fixture.operation {
        case "sum": try tensor.sum(over: axes, keepingDimensions: keeping)
        case "mean": try tensor.mean(over: axes, keepingDimensions: keeping)
        case "variance": try tensor.variance(over: axes, keepingDimensions: keeping)
        case "maximum": try tensor.maximum(over: axes, keepingDimensions: keeping)
        default: try tensor.minimum(over: axes, keepingDimensions: keeping)
        }
      // Double precision has no wider accumulator; deviations from a mean of 100 lose some seven bits.
      let tolerance: Double =
        switch (fixture.operand, fixture.operation) {
        case (.float32, _), (_, "maximum"), (_, "minimum"): 0.5
        case (_, "variance"): 128
        default: 4
        }
      let distance = try result.distanceInUlps(to: fixture.expected.tensor())
      #expect(distance <= tolerance, "\(fixture.operation) of \(fixture.operand) over \(axes)")
    }
  }

  @Test("large numbers that are close together keep their variance")
  func cancellation() throws {
    let tensor = try Tensor([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16] as [Double], shape: [4])
    #expect(try tensor.variance(over: [0]).doubles == [22.5])
  }

  @Test("sums in single precision are accumulated in higher precision")
  func accumulation() throws {
    let count = 100_000
    let tensor = try Tensor(repeating: 0.1, shape: [count, 1, 3], type: .float32)
    #expect(
      try tensor.sum(over: [0]) == Tensor(repeating: Double(Float(0.1)) * 100_000, shape: [1, 3], type: .float32))
  }

  @Test("the sum of no elements is 0; their mean, variance and extremes are errors")
  func empty() throws {
    let tensor = try Tensor([] as [Float], shape: [0, 2])
    #expect(try tensor.sum(over: [0]) == Tensor([0, 0] as [Float], shape: [2]))
    #expect(try tensor.mean(over: [1]) == Tensor([] as [Float], shape: [0]))
    expectError(.invalidShape, mentioning: "0×2") { try tensor.mean(over: [0]) }
    expectError(.invalidShape, mentioning: "variance") { try tensor.variance(over: [0]) }
    expectError(.invalidShape, mentioning: "maximum") { try tensor.maximum(over: [0, 1]) }
    expectError(.invalidShape, mentioning: "minimum") { try tensor.minimum(over: [0]) }
  }

  @Test("axes must exist and be named once")
  func axes() throws {
    let tensor = try Tensor(repeating: 1, shape: [2, 3], type: .float64)
    expectError(.outOfRange, mentioning: "axis 2 of shape 2×3") { try tensor.sum(over: [2]) }
    expectError(.outOfRange, mentioning: "axis -1") { try tensor.mean(over: [-1]) }
    expectError(.outOfRange, mentioning: "twice") { try tensor.variance(over: [0, 0]) }
  }

  @Test("extremes are NaN if an element is NaN, and infinite if all elements are")
  func extremes() throws {
    let tensor = try Tensor([1, .nan, 3, -.infinity, -.infinity, -.infinity] as [Float], shape: [2, 3])
    let largest = try tensor.maximum(over: [1]).doubles
    #expect(largest[0].isNaN && largest[1] == -.infinity)
    #expect(try tensor.minimum(over: [0]).doubles[0] == -.infinity)
    #expect(try tensor.minimum(over: [0]).doubles[1].isNaN)
  }

  @Test("sums of integers are exact, or an error")
  func integers() throws {
    let tensor = try Tensor([1, 2, (1 << 53) + 1, 4] as [Int64], shape: [2, 2])
    #expect(try tensor.sum(over: [0]) == Tensor([(1 << 53) + 2, 6] as [Int64], shape: [2]))
    #expect(try tensor.maximum(over: [1]) == Tensor([2, (1 << 53) + 1] as [Int64], shape: [2]))
    #expect(try tensor.minimum(over: [0, 1]) == Tensor([1] as [Int64], shape: []))
    expectError(.notRepresentable, mentioning: "overflows") {
      try Tensor([Int64.max, 1], shape: [2]).sum(over: [0])
    }
    expectError(.typeMismatch, mentioning: "int64") { try tensor.mean(over: [0]) }
  }
}
