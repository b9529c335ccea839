import Tensors
import Testing

@Suite("Tensor")
struct TensorTests {
  @Test("refuses more or fewer elements than its shape needs")
  func count() {
    expectError(.shapeMismatch, mentioning: "shape 2×2 needs 4 elements, but 3 are given") {
      try Tensor([1, 2, 3] as [Float], shape: [2, 2])
    }
  }

  @Test("repeats a value in each type")
  func repeating() throws {
    #expect(try Tensor(repeating: 0.1, shape: [2], type: .float32) == Tensor([0.1, 0.1] as [Float], shape: [2]))
    #expect(try Tensor(repeating: 3, shape: [2], type: .int64) == Tensor([3, 3] as [Int64], shape: [2]))
    expectError(.notRepresentable, mentioning: "0.5") { try Tensor(repeating: 0.5, shape: [2], type: .int64) }
    expectError(.typeMismatch, mentioning: "float16") { try Tensor(repeating: 0.5, shape: [2], type: .float16) }
  }

  @Test("rounds a large integer to single precision once")
  func roundingOnce() throws {
    // Through double precision, the last bit would be lost first. The rest would be a tie, which rounds down.
    let integer: Int64 = (1 << 60) + (1 << 36) + 1
    let converted = try Tensor([integer], shape: []).converted(to: .float32)
    #expect(try converted == Tensor([Float(sign: .plus, exponent: 60, significand: 1 + Float.ulpOfOne)], shape: []))
  }

  @Test("converts a floating-point number to an integer only if it is whole")
  func toIntegers() throws {
    #expect(
      try Tensor([-2, 3] as [Double], shape: [2]).converted(to: .int64) == Tensor([-2, 3] as [Int64], shape: [2]))
    for value in [0.5, .nan, .infinity, 0x1p63] {
      expectError(.notRepresentable, mentioning: "\(value)") { try Tensor([value], shape: []).converted(to: .int64) }
    }
  }

  @Test("reads the same elements in another shape")
  func reshaped() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Int64], shape: [2, 3])
    #expect(try tensor.reshaped(to: [3, 2]) == Tensor([1, 2, 3, 4, 5, 6] as [Int64], shape: [3, 2]))
    expectError(.shapeMismatch, mentioning: "2×3 cannot be reshaped to 4") { try tensor.reshaped(to: [4]) }
  }
}
