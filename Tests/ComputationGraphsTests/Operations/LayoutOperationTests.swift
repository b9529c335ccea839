import ComputationGraphs
import Tensors
import Testing

/// Operations that arrange elements: values by hand, types and errors at build, round trips.
@Suite struct LayoutOperationTests {
  private let builder = GraphBuilder()

  private func evaluate(_ variable: Variable, _ inputs: [Name: Tensor]) throws -> Tensor {
    let graph = try builder.finish(outputs: ["r": variable])
    let again = try Graph(document: graph.document)
    #expect(again == graph)
    return try #require(try Interpreter(again, tensors: [:])(inputs)["r"])
  }

  private func input(_ name: Name, _ shape: [Extent], _ scalar: ScalarType = .float64) throws -> Variable {
    try builder.input(name, VariableType(scalar, shape))
  }

  private let table = try? Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3])

  @Test("slices, joins and orders of axes", arguments: [ScalarType.float32, .float64, .int64])
  func arrangements(_ scalar: ScalarType) throws {
    let x = try input("x", ["batch", 3], scalar)
    let feed: [Name: Tensor] = ["x": try #require(table).converted(to: scalar)]
    func check(_ variable: Variable, _ shape: Shape, _ values: [Double]) throws {
      let result = try evaluate(variable, feed)
      #expect(result.shape == shape)
      #expect(result.doubles == values)
      #expect(result.type == scalar)
    }
    try check(x.slicing(axis: 1, from: 1, count: 2), [2, 2], [2, 3, 5, 6])
    try check(x.slicing(axis: 0, from: 1, count: 1), [1, 3], [4, 5, 6])
    try check(x.split(into: 3, axis: 1)[2], [2, 1], [3, 6])
    try check(x.reversed(axis: 0), [2, 3], [4, 5, 6, 1, 2, 3])
    try check(x.reversed(axis: 1), [2, 3], [3, 2, 1, 6, 5, 4])
    try check(x.transposed([1, 0]), [3, 2], [1, 4, 2, 5, 3, 6])
    try check(x.reshaped(to: [3, 1]), [2, 3, 1], [1, 2, 3, 4, 5, 6])
    try check(x.reshaped(to: [3, 1]).flattened(), [2, 3], [1, 2, 3, 4, 5, 6])
    try check(.concatenating([x, x.slicing(axis: 1, from: 0, count: 1)], axis: 1), [2, 4], [1, 2, 3, 1, 4, 5, 6, 4])
    try check(.stacking([x, x.reversed(axis: 0)]), [2, 2, 3], [1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3])
    try check(.stacking([x, x.reversed(axis: 0)], axis: 2), [2, 3, 2], [1, 4, 2, 5, 3, 6, 4, 1, 5, 2, 6, 3])
    try check(
      x.padded(low: [0, 1], high: [0, 0], interior: [0, 1], with: 9), [2, 6], [9, 1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6])
    try check(x.padded(low: [0, 0], high: [0, 1], with: -1), [2, 4], [1, 2, 3, -1, 4, 5, 6, -1])
    let rows = try input("rows", [2, 2], .int64)
    let gathered = try #require(
      try Interpreter(builder.finish(outputs: ["r": x.gatheringRows(rows)]), tensors: [:])(
        feed.merging(["rows": Tensor([1 as Int64, 0, 1, 1], shape: [2, 2])]) { $1 })["r"])
    #expect(gathered.shape == [2, 2, 3])
    #expect(gathered.doubles == [4, 5, 6, 1, 2, 3, 4, 5, 6, 4, 5, 6])
  }

  @Test("a vector is repeated for every example, for any axis of examples") func repeats() throws {
    let x = try input("x", ["time", "batch", 2])
    let start = try input("start", [3])
    let repeated = try start.repeated(like: x, axis: 1)
    #expect(repeated.type == VariableType(.float64, ["batch", 3]))
    let feed: [Name: Tensor] = [
      "x": try Tensor(repeating: 0, shape: [5, 2, 2], type: .float64), "start": try Tensor([1.0, 2, 3], shape: [3]),
    ]
    #expect(try evaluate(repeated, feed).doubles == [1, 2, 3, 1, 2, 3])
  }

  @Test("operands that do not fit are refused while the graph is built") func refused() throws {
    let x = try input("x", ["batch", 3])
    let y = try input("y", ["batch", 4])
    let indices = try input("indices", [2], .int64)
    func refused(_ text: String, _ body: () throws -> Variable) {
      expectError(.shapeMismatch, mentioning: text) { _ = try body() }
    }
    refused("slice cannot take 3 elements from element 1") { try x.slicing(axis: 1, from: 1, count: 3) }
    refused("slice has no axis 2") { try x.slicing(axis: 2, from: 0, count: 1) }
    refused("cannot be divided into 2 equal parts") { try x.split(into: 2, axis: 1)[0] }
    refused("concatenate") { try .concatenating([x, y], axis: 0) }
    refused("stack") { try .stacking([x, y]) }
    refused("reverse has no axis -1") { try x.reversed(axis: -1) }
    refused("reshape cannot replace the extents") { try x.reshaped(to: [2]) }
    refused("reshape cannot replace the extents") { try x.reshaped(keepingAxes: 0, to: [6]) }
    refused("transpose needs a permutation of all axes, not [0, 0]") { try x.transposed([0, 0]) }
    refused("repeat_like has no axis 2") { try x.repeated(like: y, axis: 2) }
    refused("gather needs int64 indices") { try x.gatheringRows(y) }
    refused("pad of float64 batch×3: axis 0 has the symbolic extent batch") {
      try x.padded(low: [1, 0], high: [0, 0], with: 0)
    }
    refused("`low` needs one number for each of 2 axes") { try x.padded(low: [0], high: [0, 0], with: 0) }
    refused("`interior` needs numbers of at least 0") {
      try x.padded(low: [0, 0], high: [0, 0], interior: [0, -1], with: 0)
    }
    refused("pad needs a finite value") { try x.padded(low: [0, 0], high: [0, 0], with: .infinity) }
    expectError(.malformed, mentioning: "0.5", "int64") { _ = try indices.padded(low: [1], high: [0], with: 0.5) }
    expectError(.malformed, mentioning: "reverse does not take 2") {
      _ = try builder.record(.layout(.reverse(axis: 0)), x, x)
    }
  }

  @Test("rows that do not exist, and slices past a symbolic axis, are errors at evaluation") func evaluation() throws {
    let x = try input("x", ["batch", 3])
    let rows = try input("rows", [1], .int64)
    let feed: [Name: Tensor] = ["x": try #require(table)]
    expectError(.evaluation, mentioning: "row 2") {
      _ = try evaluate(x.gatheringRows(rows), feed.merging(["rows": Tensor([2 as Int64], shape: [1])]) { $1 })
    }
    expectError(.evaluation, mentioning: "slice") {
      _ = try evaluate(
        x.slicing(axis: 0, from: 1, count: 2), feed.merging(["rows": Tensor([0 as Int64], shape: [1])]) { $1 })
    }
  }
}
