import Tensors
import Testing

@Suite("Softmax")
struct SoftmaxTests {
  struct Case: Decodable {
    let operation: String
    let operand: FixtureArray
    let expected: FixtureArray
  }

  @Test("agrees with PyTorch, also for rows whose softmax is undefined")
  func fixtureCases() throws {
    for fixture in try fixtures("softmax", of: Case.self) {
      let operand = try fixture.operand.tensor()
      let result = try fixture.operation == "softmax" ? operand.softmax() : operand.logarithmicSoftmax()
      #expect(try result.distanceInUlps(to: fixture.expected.tensor()) <= 4, "\(fixture.operation) \(operand.type)")
    }
  }

  @Test("needs floating-point rows")
  func refused() throws {
    expectError(.shapeMismatch, mentioning: "scalar") { try Tensor([1] as [Float], shape: []).softmax() }
    expectError(.typeMismatch, mentioning: "int64") { try Tensor([1] as [Int64], shape: [1]).logarithmicSoftmax() }
    #expect(try Tensor([] as [Float], shape: [3, 0]).softmax().shape == [3, 0])
  }
}
