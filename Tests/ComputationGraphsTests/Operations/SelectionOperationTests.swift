import ComputationGraphs
import Tensors
import Testing

/// Operations that compare elements, or choose between them: values by hand, types and errors at build, round trips.
@Suite struct SelectionOperationTests {
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
    expectError(.shapeMismatch, mentioning: "do not broadcast") { _ = try x.selecting(y, else: y) }
    expectError(.shapeMismatch, mentioning: "greater needs operands of the same type") {
      _ = try x.compared(with: indices, by: .greater)
    }
    expectError(.shapeMismatch, mentioning: "clip needs floating-point") { _ = try indices.clipped(0...1) }
    expectError(.malformed, mentioning: "select does not take 1") { _ = try builder.record(.selection(.select), x) }
  }
}
