import Tensors
import Testing

@Suite("Masked reductions")
struct MaskedReductionTests {
  private let ragged = try? Tensor([1, .nan, 3, 8, 5, .infinity, 7, .nan, 10] as [Double], shape: [3, 3])
  private let mask = try? Tensor([1, 0, 1, -0.25, 1e-300, 0, 3, 0, 1] as [Double], shape: [3, 3])

  @Test("masked elements have no influence, and every mask value except 0 selects") func selection() throws {
    let (ragged, mask) = (try #require(ragged), try #require(mask))
    #expect(try ragged.sum(over: [0], where: mask).doubles == [16, 5, 13])
    #expect(try ragged.mean(over: [1], where: mask).doubles == [2, 6.5, 8.5])
    #expect(try ragged.variance(over: [1], where: mask).doubles == [1, 2.25, 2.25])
    #expect(try ragged.mean(over: [0, 1], where: mask, keepingDimensions: true) == Tensor([34 / 6.0], shape: [1, 1]))
    #expect(try ragged.elementCount(over: [0, 1], where: mask) == 6)
  }

  @Test("sum, mean and variance of no elements are 0") func nothing() throws {
    let ragged = try #require(ragged)
    let none = try Tensor([0, 0, 0] as [Double], shape: [1, 3])
    for keeping in [false, true] {
      #expect(try ragged.sum(over: [1], where: none, keepingDimensions: keeping).doubles == [0, 0, 0])
      #expect(try ragged.mean(over: [1], where: none, keepingDimensions: keeping).doubles == [0, 0, 0])
      #expect(try ragged.variance(over: [1], where: none, keepingDimensions: keeping).doubles == [0, 0, 0])
    }
    let empty = try Tensor([] as [Float], shape: [0, 2])
    #expect(try empty.mean(over: [0], where: empty) == Tensor([0, 0] as [Float], shape: [2]))
    #expect(try empty.elementCount(over: [0, 1], where: empty) == 0)
  }

  @Test("a mask of extent 1 along an axis selects for all of it") func broadcasting() throws {
    let tensor = try Tensor((0..<12).map(Double.init), shape: [2, 3, 2])
    let examples = try Tensor([0, 0.5] as [Double], shape: [2, 1, 1])
    #expect(try tensor.mean(over: [0, 1], where: examples).doubles == [8, 9])
    #expect(try tensor.elementCount(over: [0], where: examples) == 1)
    #expect(try tensor.elementCount(over: [0, 1, 2], where: examples) == 6)
    #expect(try tensor.elementCount(over: [1]) == 3)
    #expect(throws: TensorError.self) { try tensor.elementCount(over: [1], where: examples) }
    expectError(.shapeMismatch, mentioning: "1×2×1") {
      try tensor.mean(over: [1], where: Tensor([0, 0.5] as [Double], shape: [1, 2, 1]))
    }
  }

  @Test("a mask that selects everything does not change the result", arguments: [ScalarType.float32, .float64])
  func everything(_ type: ScalarType) throws {
    let tensor = try Tensor((0..<210).map { Double($0 * $0 % 97) / 7 + 1e4 }, shape: [5, 6, 7]).converted(to: type)
    let ones = try Tensor(repeating: 1, shape: [5, 1, 7], type: type)
    for axes in [[0], [1], [2], [0, 2], [0, 1, 2], []] {
      #expect(try tensor.sum(over: axes, where: ones) == tensor.sum(over: axes))
      #expect(try tensor.mean(over: axes, where: ones) == tensor.mean(over: axes))
      #expect(try tensor.variance(over: axes, where: ones) == tensor.variance(over: axes))
    }
  }

  @Test("large numbers that are close together keep their variance") func cancellation() throws {
    let tensor = try Tensor([1e9 + 4, 1e9 + 7, .nan, 1e9 + 13, 1e9 + 16] as [Double], shape: [5])
    let mask = try Tensor([1, 1, 0, 1, 1] as [Double], shape: [5])
    #expect(try tensor.variance(over: [0], where: mask).doubles == [22.5])
  }

  @Test("masks of another rank, extent or type are refused, and so are integers") func misfits() throws {
    let (ragged, mask) = (try #require(ragged), try #require(mask))
    expectError(.shapeMismatch, mentioning: "mask of shape 3") {
      try ragged.mean(over: [0], where: Tensor([1, 1, 1] as [Double], shape: [3]))
    }
    expectError(.shapeMismatch, mentioning: "2×3") {
      try ragged.sum(over: [0], where: Tensor(repeating: 1, shape: [2, 3], type: .float64))
    }
    expectError(.typeMismatch, mentioning: "float32 mask") {
      try ragged.variance(over: [0], where: mask.converted(to: .float32))
    }
    let integers = try Tensor([1, 2] as [Int64], shape: [2])
    expectError(.typeMismatch, mentioning: "int64") { try integers.sum(over: [0], where: integers) }
  }

  @Test("a mask of one number per row selects as in NumPy, over inner, outer and several axes")
  func rows() throws {
    let tensor = try Tensor((0..<60).map { Double($0 * $0 % 37 - 11) }, shape: [3, 4, 5])
    let mask = try Tensor([1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0] as [Double], shape: [3, 4, 1])
    // numpy.where(mask, tensor, 0).sum(axis) / mask.sum(axis), and the same for the mean of squared deviations.
    #expect(
      try tensor.mean(over: [0], where: mask).doubles == [
        -6.5, -2.5, 3.5, 11.5, 3, 16, -4, 15, -1, 22, 12.5, -0.5, 7, 16.5, 9.5, -7.5, 6.5, 4, 3.5, 5,
      ])
    #expect(try tensor.mean(over: [2], where: mask).doubles == [-5, 0, 9.2, 13.6, 0, 0, 0, -9, 8.6, 9.6, 8.8, 0])
    #expect(try tensor.mean(over: [0, 2], where: mask).doubles == [1.8, 9.6, 9, 2.3])
    let expected = [111.76, 104.24, 105.4, 189.81]
    for type in [ScalarType.float32, .float64] {
      let variances = try tensor.converted(to: type)
        .variance(over: [0, 2], where: mask.converted(to: type), as: .float64).doubles
      expectClose(variances, expected, absolute: 1e-12, "\(variances)")
    }
  }
}
