import ComputationGraphs
import Tensors
import Testing

/// Loops: their results, their order of processing, and the faults for which they are refused.
@Suite struct ScanTests {
  private let builder = GraphBuilder()

  private func input(_ name: Name, _ shape: [Extent]) throws -> Variable {
    try builder.input(name, VariableType(.float64, shape))
  }

  private func doubles(_ outputs: NamedVariables, _ inputs: [Name: Tensor]) throws -> [Name: [Double]] {
    let graph = try builder.finish(outputs: outputs)
    let again = try Graph(document: graph.document)
    #expect(again == graph, "a graph with loops reads back as it was written")
    return try Interpreter(again, tensors: [:])(inputs).mapValues(\.doubles)
  }

  private let rows = try? Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2])
  private let zeros = try? Tensor([0.0, 0], shape: [2])

  @Test("a running sum, forward and reversed, in the order of processing") func runningSum() throws {
    let x = try input("x", ["time", "batch"])
    let start = try input("s", ["batch"])
    func sums(_ isReversed: Bool) throws -> ScanResult {
      try builder.scan(sequences: [x], states: [start], isReversed: isReversed) { _, step in
        let next = try step.states[0] + step.sequences[0]
        return ([next], [try step.sequences[0] * 10])
      }
    }
    let (forward, backward) = (try sums(false), try sums(true))
    let values = try doubles(
      [
        "forward": forward.states[0], "backward": backward.states[0], "rows": forward.outputs[0],
        "reversed rows": backward.outputs[0],
      ], ["x": #require(rows), "s": #require(zeros)])
    #expect(values["forward"] == [1, 2, 4, 6, 9, 12])
    #expect(values["backward"] == [5, 6, 8, 10, 9, 12])
    #expect(values["rows"] == [10, 20, 30, 40, 50, 60])
    #expect(values["reversed rows"] == [50, 60, 30, 40, 10, 20])
    #expect(forward.states[0].type == VariableType(.float64, ["time", "batch"]))
  }

  @Test("outside values are captured once, on either side of an operation") func captures() throws {
    let x = try input("x", ["time", 2])
    let scale = try input("scale", [2])
    let result = try builder.scan(sequences: [x], states: []) { _, step in
      ([], [try scale * step.sequences[0], try step.sequences[0] + scale, try (scale * 2) - step.sequences[0]])
    }
    let values = try doubles(
      NamedVariables(zip(["product", "sum", "difference"], result.outputs).map { (name: $0, variable: $1) }),
      ["x": #require(rows), "scale": Tensor([10.0, 100], shape: [2])])
    #expect(values["product"] == [10, 200, 30, 400, 50, 600])
    #expect(values["sum"] == [11, 102, 13, 104, 15, 106])
    #expect(values["difference"] == [19, 198, 17, 196, 15, 194])
    let graph = try builder.finish(outputs: ["y": result.outputs[0]])
    let scans = graph.nodes.compactMap { node in if case .scan(let scan) = node.operation { scan } else { nil } }
    // The doubled scale is computed around the loop.
    #expect(scans.map(\.captures.count) == [2])
  }

  @Test("a loop without sequences counts its steps") func stepCount() throws {
    let start = try input("s", [2])
    let result = try builder.scan(sequences: [], states: [start], stepCount: 4) { _, step in
      ([try step.states[0] * 2], [])
    }
    #expect(result.states[0].type == VariableType(.float64, [4, 2]))
    let values = try doubles(["y": result.states[0]], ["s": Tensor([1.0, 3], shape: [2])])
    #expect(values["y"] == [2, 6, 4, 12, 8, 24, 16, 48])
  }

  @Test("the step counts in the order of processing, reversed or not", arguments: [false, true])
  func stepIndex(_ isReversed: Bool) throws {
    let x = try input("x", ["time", "batch"])
    let table = try input("table", [3, 1])
    let result = try builder.scan(sequences: [x], states: [], isReversed: isReversed) { _, step in
      ([], [try table.taking(step: step.index, pastEnd: .strict) + step.sequences[0]])
    }
    let values = try doubles(
      ["y": result.outputs[0]], ["x": #require(rows), "table": Tensor([100.0, 200, 300], shape: [3, 1])])
    #expect(values["y"] == (isReversed ? [105, 106, 203, 204, 301, 302] : [101, 102, 203, 204, 305, 306]))
  }

  @Test("loops nest, and the inner one can use values from outside of both") func nested() throws {
    let x = try input("x", ["time", 2])
    let w = try input("w", [2])
    let start = try input("s", [])
    // Outer: per row of x. Inner: over the two numbers of a row times w, a running sum from the outer state on.
    let outer = try builder.scan(sequences: [x], states: [start]) { _, step in
      let inner = try step.states[0].builder.scan(sequences: [step.sequences[0]], states: [step.states[0]]) { _, row in
        ([try row.states[0] + row.sequences[0]], [try w * row.sequences[0]])
      }
      let last = try inner.states[0].reduced(.maximum, over: [0])
      return ([last], [inner.states[0], inner.outputs[0]])
    }
    let values = try doubles(
      ["sums": outer.outputs[0], "products": outer.outputs[1], "last": outer.states[0]],
      [
        "x": #require(rows), "w": Tensor([10.0, 100], shape: [2]), "s": Tensor([0.0], shape: []),
      ])
    #expect(outer.outputs[1].type == VariableType(.float64, ["time", 2, 2]))
    #expect(values["sums"] == [1, 3, 6, 10, 15, 21])
    #expect(values["products"] == [10, 100, 20, 200, 30, 300, 40, 400, 50, 500, 60, 600])
    #expect(values["last"] == [3, 10, 21])
  }

  @Test("a saved tensor used in a body is a leaf of the body, and of the model") func tensors() throws {
    let x = try input("x", ["time", "batch", 2])
    let path = try TensorPath(.parameters, brick: "/net", name: "W")
    let result = try builder.scan(sequences: [x], states: []) { inner, step in
      let weights = try inner.tensor(path, type: VariableType(.float64, [2, 1]), roles: [.weight])
      return ([], [try step.sequences[0].matrixMultiplied(by: weights)])
    }
    let graph = try builder.finish(outputs: ["y": result.outputs[0]])
    #expect(graph.savedTensors.map(\.path) == [path])
    #expect(graph.variables { $0.role(refines: .weight) }.count == 1)
    let interpreter = try Interpreter(graph, tensors: [path: Tensor([10.0, 1], shape: [2, 1])])
    let output = try interpreter(["x": #require(rows).reshaped(to: [3, 1, 2])])["y"]
    #expect(output?.doubles == [12, 34, 56])
    #expect(output?.shape == [3, 1, 1])
    expectError(.missingValue, mentioning: "W") { _ = try Interpreter(graph, tensors: [:]) }
  }
}
