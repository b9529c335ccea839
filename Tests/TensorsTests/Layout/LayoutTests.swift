import Tensors
import Testing

@Suite("Layout")
struct LayoutTests {
  struct Case: Decodable {
    let operation: String
    let arguments: [Int]
    let value: Double?
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
        case "pad":
          try operands[0].padded(
            Padding(
              low: Array(arguments[0..<3]), high: Array(arguments[3..<6]), interior: Array(arguments[6...]),
              value: #require(fixture.value)))
        default: try Tensor.concatenating(operands, axis: arguments[0])
        }
      #expect(try result == fixture.expected.tensor(), "\(fixture.operation) \(arguments)")
    }
  }

  @Test("axes of extent 1 are inserted and removed")
  func expanding() throws {
    let tensor = try Tensor([1, 2] as [Float], shape: [2])
    #expect(try tensor.expandingDimensions(at: 1).shape == [2, 1])
    #expect(try tensor.expandingDimensions(at: 0).squeezing(at: 0) == tensor)
    expectError(.outOfRange, mentioning: "axis 2") { try tensor.expandingDimensions(at: 2) }
    expectError(.shapeMismatch, mentioning: "extent 2") { try tensor.squeezing(at: 0) }
  }

  @Test("padding keeps the type, pads axes without elements, and does not overflow")
  func padding() throws {
    let integers = try Tensor([1, 2] as [Int64], shape: [2])
    let padded = try integers.padded(Padding(low: [1], high: [0], interior: [2], value: -3))
    #expect(try padded == Tensor([-3, 1, -3, -3, 2] as [Int64], shape: [5]))
    let empty = try Tensor([] as [Double], shape: [0, 2])
    let filled = try empty.padded(Padding(low: [1, 0], high: [0, 0], interior: [.max, 0], value: 7))
    #expect(try filled == Tensor([7, 7] as [Double], shape: [1, 2]))
    let one = try Tensor([4] as [Float], shape: [1])
    #expect(try one.padded(Padding(low: [0], high: [1], interior: [.max], value: 0)).doubles == [4, 0])
    for padding in [
      Padding(low: [0], high: [0], interior: [.max], value: 0),
      Padding(low: [.max], high: [0], interior: [0], value: 0),
    ] {
      expectError(.invalidShape, mentioning: "is too large") { try integers.padded(padding) }
    }
    expectError(.invalidShape, mentioning: "`low`", "1 axes") {
      try integers.padded(Padding(low: [], high: [0], interior: [0], value: 0))
    }
    expectError(.invalidShape, mentioning: "`high`", "at least 0") {
      try integers.padded(Padding(low: [0], high: [-1], interior: [0], value: 0))
    }
    expectError(.notRepresentable, mentioning: "0.5") {
      try integers.padded(Padding(low: [1], high: [0], interior: [0], value: 0.5))
    }
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
