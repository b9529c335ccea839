import Tensors
import Testing

@Suite("Selection")
struct SelectionTests {
  private let types = [ScalarType.float32, .float64, .int64]

  @Test("comparing and selecting broadcast in every type")
  func broadcasting() throws {
    for type in types {
      let column = try Tensor([0.0, 2], shape: [2, 1]).converted(to: type)
      let row = try Tensor([1.0, 2, 3], shape: [3]).converted(to: type)
      let mask = try column.compared(with: row, by: .greaterOrEqual)
      #expect(mask.doubles == [0, 0, 0, 1, 1, 0])
      #expect(try mask.selecting(row, else: column).doubles == [0, 0, 0, 1, 2, 2])
      #expect(mask.type == type)
    }
  }

  @Test("rows are gathered and axes reversed in every type, empty ones too")
  func rows() throws {
    for type in types {
      let tensor = try Tensor([1.0, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2]).converted(to: type)
      #expect(try tensor.reversed(axis: 0).doubles == [5, 6, 7, 8, 1, 2, 3, 4])
      #expect(try tensor.reversed(axis: 1).doubles == [3, 4, 1, 2, 7, 8, 5, 6])
      #expect(try tensor.reversed(axis: 2).doubles == [2, 1, 4, 3, 6, 5, 8, 7])
      let gathered = try tensor.gatheringRows(Tensor([1 as Int64, 1], shape: [2]))
      #expect(gathered.doubles == [5, 6, 7, 8, 5, 6, 7, 8])
      let none = try tensor.gatheringRows(Tensor([] as [Int64], shape: [0]))
      #expect(none.shape == [0, 2, 2])
      #expect(try none.reversed(axis: 1) == none)
    }
  }

  @Test("indices that do not exist, and other types, are refused")
  func refused() throws {
    let tensor = try Tensor([1.0, 2], shape: [2])
    let integers = try Tensor([0 as Int64, -1], shape: [2])
    expectError(.outOfRange, mentioning: "axis 1") { try tensor.reversed(axis: 1) }
    expectError(.outOfRange, mentioning: "row -1") { try tensor.gatheringRows(integers) }
    expectError(.typeMismatch, mentioning: "int64 indices") { try tensor.gatheringRows(tensor) }
    expectError(.outOfRange, mentioning: "scalar") { try Tensor([1.0], shape: []).gatheringRows(integers) }
    expectError(.typeMismatch, mentioning: "convert one") { try tensor.compared(with: integers, by: .less) }
    expectError(.typeMismatch, mentioning: "all three types must be the same") {
      try integers.selecting(tensor, else: tensor)
    }
    expectError(.typeMismatch, mentioning: "int64") { try integers.clipped(minimum: 0, maximum: 1) }
    expectError(.shapeMismatch, mentioning: "do not broadcast") {
      try tensor.compared(with: Tensor([1.0, 2, 3], shape: [3]), by: .less)
    }
  }
}
