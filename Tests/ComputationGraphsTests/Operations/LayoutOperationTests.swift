import ComputationGraphs
import Tensors
import Testing

/// Operations that arrange, choose and compare: values by hand, types and errors at build, round trips.
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

  @Test("parts, joints and orders of axes", arguments: [ScalarType.float32, .float64, .int64])
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
    let rows = try input("rows", [2, 2], .int64)
    let gathered = try #require(
      try Interpreter(builder.finish(outputs: ["r": x.gatheringRows(rows)]), tensors: [:])(
        feed.merging(["rows": Tensor([1 as Int64, 0, 1, 1], shape: [2, 2])]) { $1 })["r"])
    #expect(gathered.shape == [2, 2, 3])
    #expect(gathered.doubles == [4, 5, 6, 1, 2, 3, 4, 5, 6, 4, 5, 6])
  }

  @Test("a vector is repeated for every example, whichever axis they are on") func repeats() throws {
    let x = try input("x", ["time", "batch", 2])
    let start = try input("start", [3])
    let repeated = try start.repeated(like: x, axis: 1)
    #expect(repeated.type == VariableType(.float64, ["batch", 3]))
    let feed: [Name: Tensor] = [
      "x": try Tensor(repeating: 0, shape: [5, 2, 2], type: .float64), "start": try Tensor([1.0, 2, 3], shape: [3]),
    ]
    #expect(try evaluate(repeated, feed).doubles == [1, 2, 3, 1, 2, 3])
  }

  @Test("elements that are not selected have no influence, not even NaN or infinity") func selection() throws {
    let mask = try input("mask", ["batch", 1])
    let a = try input("a", ["batch", 2])
    let b = try input("b", [2])
    let selected = try mask.selecting(a, else: b)
    #expect(selected.type == VariableType(.float64, ["batch", 2]))
    let result = try evaluate(
      selected,
      [
        "mask": Tensor([1.0, 0, -0.5], shape: [3, 1]),
        "a": Tensor([1, 2, Double.nan, Double.infinity, 5, 6], shape: [3, 2]),
        "b": Tensor([10.0, 20], shape: [2]),
      ])
    #expect(result.doubles == [1, 2, 10, 20, 5, 6])
  }

  private static let relations: [(Comparison, [Double])] = [
    (.greater, [0, 0, 1, 0]), (.greaterOrEqual, [0, 1, 1, 0]), (.less, [1, 0, 0, 0]), (.lessOrEqual, [1, 1, 0, 0]),
    (.equal, [0, 1, 0, 0]), (.notEqual, [1, 0, 1, 1]),
  ]

  @Test(
    "comparisons give 0 and 1; a comparison with NaN gives 0, except inequality",
    arguments: relations)
  func comparisons(_ comparison: Comparison, _ expected: [Double]) throws {
    let a = try input("a", ["batch"])
    let b = try input("b", [])
    let feed: [Name: Tensor] = ["a": try Tensor([1, 2, 3, Double.nan], shape: [4]), "b": try Tensor([2.0], shape: [])]
    let result = try evaluate(a.compared(with: b, by: comparison), feed)
    #expect(result.doubles == expected)
    #expect(result.type == .float64)
  }

  @Test("clipping keeps NaN") func clipping() throws {
    let x = try input("x", ["batch"])
    let result = try evaluate(x.clipped(0...1), ["x": Tensor([-1, 0.5, 2, Double.nan, Double.infinity], shape: [5])])
    #expect(Array(result.doubles.prefix(3)) == [0, 0.5, 1])
    #expect(result.doubles[3].isNaN && result.doubles[4] == 1)
  }

  @Test("operands that do not fit are refused while the graph is built") func refused() throws {
    let x = try input("x", ["batch", 3])
    let y = try input("y", ["batch", 4])
    let indices = try input("indices", [2], .int64)
    func refused(_ text: String, _ body: () throws -> Variable) {
      expectError(.shapeMismatch, mentioning: text) { _ = try body() }
    }
    refused("slice has no 3 elements from 1") { try x.slicing(axis: 1, from: 1, count: 3) }
    refused("slice has no axis 2") { try x.slicing(axis: 2, from: 0, count: 1) }
    refused("no 2 equal parts") { try x.split(into: 2, axis: 1)[0] }
    refused("concatenate") { try .concatenating([x, y], axis: 0) }
    refused("stack") { try .stacking([x, y]) }
    refused("reverse has no axis -1") { try x.reversed(axis: -1) }
    refused("reshape cannot read") { try x.reshaped(to: [2]) }
    refused("reshape cannot read") { try x.reshaped(keepingAxes: 0, to: [6]) }
    refused("transpose by [0, 0]") { try x.transposed([0, 0]) }
    refused("repeat_like has no axis 2") { try x.repeated(like: y, axis: 2) }
    refused("do not broadcast") { try x.selecting(y, else: y) }
    refused("greater needs one type") { try x.compared(with: indices, by: .greater) }
    refused("gather needs rows and int64") { try x.gatheringRows(y) }
    refused("clip needs floating-point") { try indices.clipped(0...1) }
    expectError(.malformed, mentioning: "select does not take 1") { _ = try builder.record(.layout(.select), x) }
  }

  @Test("rows that do not exist, and slices past an open axis, are errors at evaluation") func evaluation() throws {
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
