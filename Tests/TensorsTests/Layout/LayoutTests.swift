import Tensors
import Testing

@Suite("Layout")
struct LayoutTests {
  struct Case: Decodable {
    let operation: String
    let arguments: [Int]
    let operands: [FixtureArray]
    let expected: FixtureArray
  }

  @Test("agrees with NumPy")
  func fixtureCases() throws {
    for fixture in try fixtures("layout", of: Case.self) {
      let operands = try fixture.operands.map { try $0.tensor() }
      let arguments = fixture.arguments
      let result =
        switch fixture.operation {
        case "transpose": try operands[0].transposed(arguments)
        case "broadcast": try operands[0].broadcast(to: Shape(arguments))
        case "slice": try operands[0].slicing(axis: arguments[0], from: arguments[1], count: arguments[2])
        case "take": try operands[0].taking(arguments[0])
        default: try Tensor.concatenating(operands, axis: arguments[0])
        }
      #expect(try result == fixture.expected.tensor(), "\(fixture.operation) \(arguments)")
    }
  }

  @Test("axes of extent 1 come and go")
  func expanding() throws {
    let tensor = try Tensor([1, 2] as [Float], shape: [2])
    #expect(try tensor.expandingDimensions(at: 1).shape == [2, 1])
    #expect(try tensor.expandingDimensions(at: 0).squeezing(at: 0) == tensor)
    expectError(.outOfRange, mentioning: "axis 2") { try tensor.expandingDimensions(at: 2) }
    expectError(.shapeMismatch, mentioning: "extent 2") { try tensor.squeezing(at: 0) }
  }

  @Test("axes and elements that do not exist are refused")
  func refused() throws {
    let tensor = try Tensor(repeating: 1, shape: [2, 3], type: .float32)
    expectError(.shapeMismatch, mentioning: "2×3 does not broadcast to 3") { try tensor.broadcast(to: [3]) }
    expectError(.shapeMismatch, mentioning: "does not broadcast to 1×3") { try tensor.broadcast(to: [1, 3]) }
    expectError(.outOfRange, mentioning: "[0, 0]") { try tensor.transposed([0, 0]) }
    expectError(.outOfRange, mentioning: "3 elements from 1") { try tensor.slicing(axis: 1, from: 1, count: 3) }
    expectError(.outOfRange, mentioning: "from -1") { try tensor.slicing(axis: 1, from: -1, count: 1) }
    expectError(.outOfRange, mentioning: "axis 2") { try tensor.slicing(axis: 2, from: 0, count: 1) }
    expectError(.outOfRange, mentioning: "index 2") { try tensor.taking(2) }
    expectError(.shapeMismatch, mentioning: "no tensors") { try Tensor.concatenating([], axis: 0) }
    expectError(.shapeMismatch, mentioning: "3×3 cannot be joined to 2×3") {
      try Tensor.concatenating([tensor, Tensor(repeating: 1, shape: [3, 3], type: .float32)], axis: 1)
    }
    expectError(.typeMismatch, mentioning: "float64") {
      try Tensor.concatenating([tensor, tensor.converted(to: .float64)], axis: 0)
    }
  }
}
