import Tensors
import Testing

/// The expected values are those of `numpy.array2string(a, separator=", ", threshold=6, edgeitems=3)`, after the
/// type and the shape, and with `…` instead of `...`.
@Suite("The description of a tensor") struct DescriptionTests {
  @Test("has the type, the shape and the values, axis by axis") func values() throws {
    #expect(
      "\(try Tensor([1, 2.5, -3, 4, 5, 6] as [Float], shape: [2, 3]))"
        == "float32 2×3 [[1.0, 2.5, -3.0], [4.0, 5.0, 6.0]]")
    #expect("\(try Tensor([7] as [Int64], shape: []))" == "int64 scalar 7")
    #expect("\(try Tensor([0.1, .nan, .infinity] as [Double], shape: [3]))" == "float64 3 [0.1, nan, inf]")
    #expect("\(try Tensor([] as [Float], shape: [0, 2]))" == "float32 0×2 []")
  }

  @Test("shows six entries of an axis, or the first and the last three of more") func edges() throws {
    let six = try Tensor((0..<6).map(Int64.init), shape: [6])
    #expect(six.description == "int64 6 [0, 1, 2, 3, 4, 5]")
    let seven = try Tensor((0..<7).map(Int64.init), shape: [7])
    #expect(seven.description == "int64 7 [0, 1, 2, …, 4, 5, 6]")
    let table = try Tensor((0..<80).map(Int64.init), shape: [8, 10])
    #expect(
      table.debugDescription
        == "int64 8×10 [[0, 1, 2, …, 7, 8, 9], [10, 11, 12, …, 17, 18, 19], [20, 21, 22, …, 27, 28, 29], …, "
        + "[50, 51, 52, …, 57, 58, 59], [60, 61, 62, …, 67, 68, 69], [70, 71, 72, …, 77, 78, 79]]")
  }

  @Test("is short for a tensor of any size") func large() throws {
    #expect(try Tensor(repeating: 1, shape: [1000, 1000], type: .float32).description.count < 300)
  }
}
